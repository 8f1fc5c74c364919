import Clients
package import IngestCore
import Logging
import Platform

extension Daemon {
    /// Runs the gateway from start to end: what the `run` command does.
    package static func main(_ configuration: Configuration) throws {
        _ = try startLogging(LogFormat(configuration.log.format), level: Logger.Level(configuration.log.level))
        try Daemon(configuration).run()
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
