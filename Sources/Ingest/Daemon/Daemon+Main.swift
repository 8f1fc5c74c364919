import Clients
import IngestCore
import Logging
import Platform

extension Daemon {
    /// Runs the gateway from start to end: what the `run` command does.
    /// - Parameter reread: reads the configuration again, for a reload.
    package static func main(_ settings: Settings, reread: @escaping () throws(Settings.Failure) -> Settings) throws {
        let log = settings.configuration.log
        let logging = try LogControl(LogFormat(log.format), level: Logger.Level(log.level))
        try Daemon(settings.configuration, logging: logging, reread: reread).run()
    }

    /// By sysexits.h: 78 where the configuration asks for what cannot be, 69 where something else is in the way.
    package static func exitCode(for error: any Error) -> Int32 {
        switch error {
        case is MosquittoError, is S3Endpoint.Mistake, is KeyTemplate.Mistake, is RecordFailure, is TopicFilter.Fault: 78
        default: 69
        }
    }
}

extension LogFormat {
    init(_ format: Configuration.Log.Format) {
        self =
            switch format {
            case .auto: .auto
            case .journal: .journal
            case .text: .text
            case .json: .json
            }
    }
}

extension Logger.Level {
    init(_ level: Configuration.Log.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
