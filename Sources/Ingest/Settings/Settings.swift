package import Clients
package import IngestCore

/// The configuration of this process: the file read, the environment looked at, the host's name filled in.
package struct Settings: Equatable, Sendable {
    /// Why there is no configuration.
    package enum Failure: Error, Equatable, Sendable {
        /// The file that `--config` names is not there.
        case missing(String)
        /// The file is there, but cannot be read; with the reason in the system's words.
        case unreadable(String, String)
        case mistaken(Mistakes)
    }

    /// Read when no `--config` is given; it may be missing.
    package static let standardPath = "/etc/thermo/config.toml"

    /// The file that was read; nil when there is none at the standard path.
    package let file: String?
    package let inForce: InForce

    package var configuration: Configuration { inForce.configuration }

    /// Reads `path`, or the standard path when nil, and all secret and certificate files that it names.
    ///
    /// - Parameter standardPath: for tests.
    package static func load(
        path: String?, environment: [String: String] = ProcessEnvironment.current, standardPath: String = Settings.standardPath
    ) throws(Failure) -> Settings {
        let name = path ?? standardPath
        let text: [UInt8]
        switch SmallFile.read(name) {
        case .bytes(let bytes): text = bytes
        case .missing where path == nil: text = []
        case .missing: throw .missing(name)
        case .failed(let why): throw .unreadable(name, why)
        }
        let isThere = path != nil || SmallFile.read(name) != .missing
        let document = TomlDocument(parsing: text)
        let sources = ConfigurationSources(
            file: name, nodes: document.nodes.map(ConfigurationNode.init), syntaxErrors: syntaxErrors(document, in: text),
            environment: environment, redisHasTLS: RedisTLS.isAvailable, isOpenToAll: SmallFile.isOpenToAll,
            read: SmallFile.read)
        do throws(Mistakes) {
            var inForce = try ConfigurationReader.read(sources)
            inForce.configuration.mqtt.clientID = clientID(inForce.configuration.mqtt.clientID, host: HostName.current)
            return Settings(file: isThere ? name : nil, inForce: inForce)
        } catch {
            throw .mistaken(error)
        }
    }

    /// `<hostname>` stands for the host's name; nothing is `thermo-ingest-<hostname>`.
    static func clientID(_ id: String, host: String) -> String {
        let template = id.isEmpty ? Configuration.standardClientID : id
        let mark = "<hostname>"
        var filled = ""
        var rest = Substring(template)
        while !rest.isEmpty {
            if rest.hasPrefix(mark) {
                filled += host
                rest = rest.dropFirst(mark.count)
            } else {
                filled.append(rest.removeFirst())
            }
        }
        return filled
    }

    private static func syntaxErrors(_ document: TomlDocument, in text: [UInt8]) -> [ConfigurationSyntaxError] {
        if document.errors.isEmpty { return [] }
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return document.errors.map { error in
            let line = lines.indices.contains(error.line - 1) ? String(decoding: lines[error.line - 1], as: UTF8.self) : ""
            let header = lines.prefix(error.line).last { $0.first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "[") } ?? []
            let section = String(decoding: header, as: UTF8.self).prefix { $0 != "]" }.drop { $0 == " " || $0 == "[" }
            return ConfigurationSyntaxError(line: error.line, reason: error.reason, text: line, section: String(section))
        }
    }
}

extension Settings.Failure: CustomStringConvertible {
    /// One line for each mistake.
    package var description: String {
        switch self {
        case .missing(let path): "\(path): there is no such file"
        case .unreadable(let path, let why): "\(path): cannot be read: \(why)"
        case .mistaken(let mistakes): mistakes.list.map(\.description).joined(separator: "\n")
        }
    }

    /// By sysexits.h: EX_NOINPUT where the file is missing or closed to us, EX_CONFIG where it is wrong.
    package var exitCode: Int32 {
        switch self {
        case .missing, .unreadable: 66
        case .mistaken: 78
        }
    }
}

extension ConfigurationNode {
    package init(_ node: TomlDocument.Node) {
        let kind: Kind =
            switch node.kind {
            case .table: .table
            case .array: .array
            case .string: .string
            case .integer: .integer
            case .float: .float
            case .boolean: .boolean
            case .time: .time
            }
        self.init(path: node.path, kind: kind, text: node.text, line: node.line)
    }
}
