import FoundationEssentials
import IngestCore
import Platform

/// The file in which the gateway remembers that a broker keeps a session for it: one small JSON object in the spool's folder.
struct SessionFile {
    /// Why there is nothing to remember, though there is a file.
    enum Failure: Error, CustomStringConvertible {
        case disk(SystemError)
        /// No object of ours, or a number in it that cannot be.
        case damaged(String)

        var description: String {
            switch self {
            case .disk(let error): "\(error)"
            case .damaged(let path): "\(path) is damaged"
            }
        }
    }

    private static let largest = 4096

    let path: String
    private let files: any FileSystem

    init(_ path: String, files: any FileSystem) {
        self.path = path
        self.files = files
    }

    /// Nil where there is none.
    func read() throws(Failure) -> BrokerSession? {
        let bytes: [UInt8]
        do throws(SystemError) {
            guard try files.status(path) != nil else { return nil }
            bytes = try files.contents(of: path, limit: Self.largest)
        } catch {
            throw .disk(error)
        }
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(bytes)), let session = form.session else { throw .damaged(path) }
        return session
    }

    /// On the disk when it returns, in place of the one before: after a crash there is either.
    func write(_ session: BrokerSession) throws(SystemError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Form(session)) else { return }
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let temporary = path + ".tmp"
        try files.withFile(temporary, .create) { file throws(SystemError) in
            try files.write(Array(data), to: file)
            try files.sync(file)
        }
        try files.rename(temporary, to: path)
        try files.syncDirectory(end == path.startIndex ? "/" : String(path[..<end]))
    }

    private struct Form: Codable {
        let version: Int
        let broker: String
        let clientID: String
        /// Seconds.
        let sessionExpiry, kept: Int64
        /// Milliseconds since 1970.
        let seen: Int64
        let dropped: Int?

        enum CodingKeys: String, CodingKey {
            case version, broker, kept, seen, dropped
            case clientID = "client_id"
            case sessionExpiry = "session_expiry"
        }

        init(_ session: BrokerSession) {
            version = 1
            broker = session.name.broker
            clientID = session.name.clientID
            sessionExpiry = session.name.expiry
            kept = session.kept
            seen = session.seen.milliseconds
            dropped = session.dropped
        }

        /// Nil unless: (1) the version is 1; (2) expiry and `kept` are at most what MQTT can say, a 32-bit number; (3) `seen` is a
        /// moment before the year 10000; (4) `dropped` has 15 digits at most.
        var session: BrokerSession? {
            guard version == 1, (0...Int64(UInt32.max)).contains(sessionExpiry), (0...Int64(UInt32.max)).contains(kept),
                (0..<253_402_300_800_000).contains(seen), (0..<1_000_000_000_000_000).contains(dropped ?? 0)
            else { return nil }
            let name = BrokerSession.Name(broker: broker, clientID: clientID, expiry: sessionExpiry)
            return BrokerSession(name: name, seen: Timestamp(milliseconds: seen), kept: kept, dropped: dropped)
        }
    }
}
