import IngestCore
import Logging
import Platform

/// Tells people how a store is: `/health` always, the log when that changes and when a single picture is refused.
struct BackendReporter {
    let check: HealthCheck
    let health: PublishedHealth
    let log: Logger
    /// A camera all of whose pictures are refused must not fill the log.
    private let refusals = Monitor(LogLimiter<CameraUID>(interval: .seconds(60), burst: 20))

    init(check: HealthCheck, health: PublishedHealth, log: Logger) {
        self.check = check
        self.health = health
        self.log = log
    }

    /// What the store answered; nil is that it took what it was given. A refusal of a single picture is neither.
    func heard(_ failure: DeliveryFailure?, about picture: Picture? = nil) {
        switch failure?.kind {
        case nil: tell(health.succeeded(check))
        case .denied:
            guard let failure else { return }
            guard let picture else { return tell(health.failed(check, failure.message, kind: failure.kind.label), failure.kind) }
            let line = "it lets no picture of camera \(picture.camera) in: \(failure.message)"
            tell(health.failed(check, line, kind: "\(picture.camera)", of: Self.cameras, accepts: true), failure.kind)
        case .retry, .operatorNeeded: if let failure { tell(health.failed(check, failure.message, kind: failure.kind.label), failure.kind) }
        case .picture, .unsendable: if let failure, let picture { refused(failure, picture) }
        }
    }

    /// - Parameter withheld: cameras that the store does not let in.
    func taken(withheld: Int) {
        heard(nil)
        guard withheld == 0, let news = health.succeeded(check, of: Self.cameras) else { return }
        log.event(
            .backendBack, .notice, "\(news.line("\(check.rawValue) takes every camera's pictures again"))",
            fields: ["backend": "\(check.rawValue)"])
    }

    private static let cameras = "cameras"

    private func tell(_ news: TroubleWatch.News?, _ kind: FailureClass? = nil) {
        guard let news else { return }
        let fields: Logger.Metadata = ["backend": "\(check.rawValue)"]
        if let trouble = news.trouble {
            let state = kind?.passes == false ? "needs an operator" : "is away"
            let line = "\(check.rawValue) \(state): \(trouble.error.sentence) Pictures are kept and tried again."
            log.event(.backendAway, .warning, "\(news.line(line))", fields: fields)
        } else {
            log.event(.backendBack, .notice, "\(news.line("\(check.rawValue) is back"))", fields: fields)
        }
    }

    private func refused(_ failure: DeliveryFailure, _ picture: Picture) {
        let decision = refusals.update { $0.decide(picture.camera, now: .current) }
        guard case .write(let suppressed) = decision else { return }
        let more = suppressed > 0 ? ". \(suppressed) more refusals of this camera's pictures were not logged" : ""
        let who = failure.kind == .unsendable ? "Cannot send" : "\(check.rawValue) refused"
        log.event(
            .imageRefused, .error, "\(who) image \(picture.imageID) of camera \(picture.camera): \(failure.message)\(more)",
            camera: picture.camera, image: picture.imageID, fields: ["backend": "\(check.rawValue)"]
        )
    }
}
