import IngestCore
import Logging

/// Tells people how a store is: the health board always, the log when that changes and when a single picture is refused.
struct BackendReporter {
    let check: HealthCheck
    let board: HealthBoard
    let log: Logger

    init(check: HealthCheck, board: HealthBoard, log: Logger) {
        self.check = check
        self.board = board
        self.log = log
    }

    /// What the store answered; nil is that it did as it was asked.
    func heard(_ failure: DeliveryFailure?, about picture: Picture? = nil) {
        guard let failure, failure.kind != .picture else {
            tell(board.succeeded(check))
            if let picture { refused(failure, picture) }
            return
        }
        tell(board.failed(check, failure.message, kind: failure.kind.label))
    }

    private func tell(_ news: TroubleWatch.News?) {
        guard let news else { return }
        let fields: Logger.Metadata = ["backend": "\(check.rawValue)"]
        if let trouble = news.trouble {
            let line = "\(check.rawValue) is away: \(trouble.error.sentence) Pictures are kept and tried again."
            log.event(.backendAway, .warning, "\(news.line(line))", fields: fields)
        } else {
            log.event(.backendBack, .notice, "\(news.line("\(check.rawValue) is back"))", fields: fields)
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
