import IngestCore
import Logging
import Platform

/// Tells people how a store is: the health board always, the log when that changes and when a single picture is refused.
struct BackendReporter {
    let check: HealthCheck
    let board: HealthBoard
    let log: Logger
    /// The class of the failure that was told last: when a person is needed now, that is news.
    private let told = Monitor<String?>(nil)

    init(check: HealthCheck, board: HealthBoard, log: Logger) {
        self.check = check
        self.board = board
        self.log = log
    }

    /// What the store answered; nil is that it did as it was asked.
    func heard(_ failure: DeliveryFailure?, about picture: Picture? = nil) {
        guard let failure, failure.kind != .picture else {
            if board.succeeded(check) {
                log.event(.backendBack, .notice, "\(check.rawValue) is back", fields: ["backend": "\(check.rawValue)"])
            }
            if let picture { refused(failure, picture) }
            return
        }
        let isNews = board.failed(check, failure.message)
        let before = told.update { told in
            defer { told = failure.kind.label }
            return told
        }
        if isNews || before != failure.kind.label {
            log.event(
                .backendAway, .warning, "\(check.rawValue) is away: \(failure.message.sentence) Pictures are kept and tried again.",
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
