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
        let daemon = try Daemon(settings.configuration, logging: logging, reread: reread)
        daemon.tell(settings.inForce)
        try daemon.run()
    }

    /// What is in the way of a start, and what to do about it.
    package static func advice(on error: any Error) -> String {
        switch error {
        case let error as MosquittoError: error.advice
        case let error as SystemError where error.subject == JournalWriter.socketPath:
            "\(error)".followed(by: "set [log] format to auto: there is no systemd journal here")
        default: "\(error)".followed(by: "see: thermo-ingest doctor")
        }
    }

    /// Two gateways at one journal would cut off each other's chunks. Where the folder cannot be opened, nothing can be written either:
    /// health says so.
    func lockSpool() throws(SpoolInUse) -> FolderLock? {
        let folder = configuration.spool.directory
        try? LocalFiles().makeDirectory(folder)
        switch FolderLock.take(folder) {
        case .taken(let lock): return lock
        case .held: throw SpoolInUse(folder: folder)
        case .failed: return nil
        }
    }

    /// By sysexits.h: 78 where the configuration asks for what cannot be, 69 where something else is in the way.
    package static func exitCode(for error: any Error) -> Int32 {
        switch error {
        case is MosquittoError, is S3Endpoint.Mistake, is KeyTemplate.Mistake, is RecordFailure, is TopicFilter.Fault: 78
        default: 69
        }
    }
}

struct SpoolInUse: Error, CustomStringConvertible {
    let folder: String

    var description: String {
        "another gateway works in \(folder). Stop it (systemctl stop thermo-ingest), or give this one a [spool] directory of its own"
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
