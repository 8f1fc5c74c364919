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
            if board.succeeded(check) {
                log.event(.backendBack, .notice, "\(check.rawValue) is back", fields: ["backend": "\(check.rawValue)"])
            }
            if let picture { refused(failure, picture) }
            return
        }
        if board.failed(check, failure.message) {
            let reason = failure.message.hasSuffix(".") ? failure.message : failure.message + "."
            log.event(
                .backendAway, .warning, "\(check.rawValue) is away: \(reason) Pictures are kept and tried again.",
                fields: ["backend": "\(check.rawValue)"]
            )
        }
    }

    /// A single picture was refused for its own sake, if it was.
    func refused(_ failure: DeliveryFailure?, _ picture: Picture) {
        guard let failure, failure.kind == .picture else { return }
        log.event(
            .imageRefused, .error, "\(check.rawValue) refused image \(picture.imageID) of camera \(picture.camera): \(failure.message)",
            camera: picture.camera, image: picture.imageID, fields: ["backend": "\(check.rawValue)"]
        )
    }
}
