import IngestCore
import Logging

/// Tells people how a store is: the health board always, the log when that changes and when a single picture is refused.
struct BackendReporter {
    let check: HealthCheck
    let board: HealthBoard
    let log: Logger

    /// - Parameter failure: nil when the store answered as it should.
    func heard(_ failure: DeliveryFailure?, about picture: Picture? = nil) {
        guard let failure else {
            if board.succeeded(check) { log.notice("\(check.rawValue) is back") }
            return
        }
        if failure.kind == .picture {
            let which = picture.map { "picture \($0.imageID) of camera \($0.camera)" } ?? "a picture"
            log.error("\(check.rawValue) refused \(which): \(failure.message)")
        } else if board.failed(check, failure.message) {
            log.warning("\(check.rawValue) is away: \(failure.message). Pictures are kept and tried again.")
        }
    }
}
