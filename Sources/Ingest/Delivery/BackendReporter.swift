import IngestCore
import Logging

/// Tells people how a store is: the health board always, the log when that changes and when a single picture is refused.
struct BackendReporter {
    let check: HealthCheck
    let board: HealthBoard
    let log: Logger

    /// What the store answered; nil is that it did as it was asked.
    func heard(_ failure: DeliveryFailure?, about picture: Picture? = nil) {
        guard let failure, failure.kind != .picture else {
            if board.succeeded(check) { log.notice("\(check.rawValue) is back") }
            if let picture { refused(failure, picture) }
            return
        }
        if board.failed(check, failure.message) {
            log.warning("\(check.rawValue) is away: \(failure.message). Pictures are kept and tried again.")
        }
    }

    /// A single picture was refused for its own sake, if it was.
    func refused(_ failure: DeliveryFailure?, _ picture: Picture) {
        guard let failure, failure.kind == .picture else { return }
        log.error("\(check.rawValue) refused image \(picture.imageID) of camera \(picture.camera): \(failure.message)")
    }
}
