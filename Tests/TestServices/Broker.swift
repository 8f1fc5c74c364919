public import Foundation

/// A real mosquitto on a free loopback port, ended with the test.
///
/// Its data stay in its folder, so it can be killed or stopped and started again under the same address.
public final class Broker {
    public struct Options: Sendable {
        /// User names and passwords; without any, everybody is let in.
        public var users: [String: String] = [:]
        /// Lines of an ACL file (mosquitto.conf(5), acl_file). mosquitto heeds it for messages only, never for SUBSCRIBE.
        public var accessRules: [String] = []
        /// Topic filters that may be subscribed to (the dynamic security plugin); nil for all.
        public var allowedFilters: [String]?
        public var certificates: Certificates?
        /// Requires a client certificate.
        public var requiresCertificate = false
        /// Further lines of mosquitto.conf.
        public var lines: [String] = []

        public struct Certificates: Sendable {
            public var authority, certificate, key: URL
            public init(authority: URL, certificate: URL, key: URL) {
                self.authority = authority
                self.certificate = certificate
                self.key = key
            }
        }

        public init() {}
    }

    public let port: Int
    public let folder: TemporaryFolder
    private let options: Options
    private var service: Service?

    public init(_ options: Options = Options()) throws {
        self.options = options
        folder = try TemporaryFolder()
        port = try freePort()
        try configure()
        try start()
    }

    /// Starts it again after `kill` or `terminate`, with the sessions and messages it had saved.
    public func start() throws {
        let service = try Service("mosquitto", ["/usr/sbin/mosquitto", "-c", folder.file("mosquitto.conf").path], in: folder.url)
        self.service = service
        try service.answers(within: 15) { isListening(on: port) ? () : nil }
    }

    /// From now on it may be subscribed to anything, where `allowedFilters` said otherwise. Throws nobody out.
    public func allowAllFilters() throws {
        let command = #"{"commands":[{"command":"setDefaultACLAccess","acls":[{"acltype":"subscribe","allow":true}]}]}"#
        try run(
            "/usr/bin/mosquitto_pub", "-h", "127.0.0.1", "-p", "\(port)", "-q", "1", "-t", "$CONTROL/dynamic-security/v1", "-m", command)
    }

    /// What it had saved is gone. To be called while it does not run.
    public func forget() throws {
        let file = folder.file("mosquitto.db")
        if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
    }

    /// SIGTERM: it saves sessions and messages.
    public func terminate() { service?.terminate() }

    /// SIGKILL: it saves nothing.
    public func kill() { service?.kill() }

    /// Stops it in the middle of whatever it does: its kernel goes on taking bytes, nobody answers.
    public func freeze() { service?.signal(SIGSTOP) }
    public func thaw() { service?.signal(SIGCONT) }

    public var log: String { (service.flatMap { try? String(contentsOf: $0.log, encoding: .utf8) }) ?? "" }

    private func configure() throws {
        var lines = [
            "listener \(port) 127.0.0.1", "user root", "persistence true", "persistence_location \(folder.url.path)/",
            "autosave_interval 0", "max_queued_messages 1000000", "max_queued_bytes 536870912", "log_dest stderr", "log_type all",
            "connection_messages true",
            "allow_anonymous \(options.users.isEmpty)",
        ]
        if !options.users.isEmpty {
            let file = folder.file("passwords").path
            _ = FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600])
            for (user, password) in options.users { try run("/usr/bin/mosquitto_passwd", "-b", file, user, password) }
            lines.append("password_file \(file)")
        }
        if !options.accessRules.isEmpty {
            try write("acl", options.accessRules.joined(separator: "\n") + "\n")
            lines.append("acl_file \(folder.file("acl").path)")
        }
        if let filters = options.allowedFilters {
            try write("dynsec.json", try security(allowing: filters))
            let plugins = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib").map {
                "/usr/lib/\($0)/mosquitto_dynamic_security.so"
            }
            guard let plugin = plugins.first(where: FileManager.default.fileExists) else {
                throw ServiceError("no mosquitto_dynamic_security.so")
            }
            lines += ["plugin \(plugin)", "plugin_opt_config_file \(folder.file("dynsec.json").path)"]
        }
        if let files = options.certificates {
            lines += ["cafile \(files.authority.path)", "certfile \(files.certificate.path)", "keyfile \(files.key.path)"]
            lines.append("require_certificate \(options.requiresCertificate)")
        }
        try write("mosquitto.conf", (lines + options.lines).joined(separator: "\n") + "\n")
    }

    /// A configuration of the plugin in which anybody may do anything but subscribe to other filters.
    private func security(allowing filters: [String]) throws -> String {
        var rules = filters.map { ["acltype": "subscribeLiteral", "topic": $0, "priority": 0, "allow": true] as [String: Any] }
        // Which `allowAllFilters` needs: the plugin's own topic is closed to all others.
        rules.append(["acltype": "publishClientSend", "topic": "$CONTROL/dynamic-security/v1", "priority": 0, "allow": true])
        let everything: [String: Any] = [
            "defaultACLAccess": ["publishClientSend": true, "publishClientReceive": true, "subscribe": false, "unsubscribe": true],
            "roles": [["rolename": "reader", "acls": rules] as [String: Any]],
            "groups": [["groupname": "anybody", "roles": [["rolename": "reader"]]] as [String: Any]],
            "anonymousGroup": "anybody",
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: everything), as: UTF8.self)
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.file(name))
    }
}

/// Whether anybody takes connections on a loopback port.
func isListening(on port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
    }
}

/// Runs one command to its end; throws, with what it printed, when it fails.
@discardableResult
public func run(_ command: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ServiceError("\(command.joined(separator: " ")): \(text)") }
    return text
}
