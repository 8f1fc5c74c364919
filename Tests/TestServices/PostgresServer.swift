public import Foundation

/// A PostgreSQL of the tests' own, the newest that is installed, on a loopback port and a Unix socket. It refuses root, so it runs as `postgres` or `nobody` there.
///
/// The user `postgres` gets in over the socket without a password, and over TCP with `PostgresServer.password`.
public final class PostgresServer: @unchecked Sendable {
    public static let password = "S3cret-of-the-tests"

    public let port: Int
    /// Where its socket is, for `host=`.
    public var socketFolder: URL { home }
    /// The certificate to trust, when it was started with TLS.
    public var certificateAuthority: URL { folder.file("ca.crt") }

    /// Debian has a folder for each version.
    private static let programs: URL = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return URL(filePath: "/usr/lib/postgresql/\(versions.compactMap { Int($0) }.max() ?? 0)/bin")
    }()
    private let folder: TemporaryFolder
    private let home: URL
    private let settings: [String]
    private var service: Service?

    /// - Parameters:
    ///   - fsync: off is fast and forgets on a crash of the machine alone; on for figures that shall mean something.
    ///   - tls: with a certificate for the host name `localhost` alone.
    public init(fsync: Bool = false, tls: Bool = false, settings: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        home = folder.file("home")
        port = try freePort()
        var all = [
            "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_directories": home.path, "fsync": fsync ? "on" : "off",
            "shared_buffers": "64MB", "max_connections": "50", "dynamic_shared_memory_type": "mmap",
        ]
        if tls { all.merge(["ssl": "on", "ssl_cert_file": "\(home.path)/server.crt", "ssl_key_file": "\(home.path)/server.key"]) { $1 } }
        all.merge(settings) { $1 }
        self.settings = all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }

        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let passwordFile = folder.file("password")
        try Self.password.write(to: passwordFile, atomically: true, encoding: .utf8)
        try Self.run(["/bin/chown", "\(Self.user)", home.path], ifRoot: true)
        let initdb = Self.programs.appending(path: "initdb").path
        try Self.run(
            Self.asSomebody([
                initdb, "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "--no-sync",
                "--pwfile=\(passwordFile.path)",
            ]))
        let rules = "local all all trust\n\(tls ? "hostssl" : "host") all all 127.0.0.1/32 scram-sha-256\n"
        try rules.write(to: URL(filePath: data).appending(path: "pg_hba.conf"), atomically: false, encoding: .utf8)
        if tls { try makeCertificates() }
        try start()
    }

    deinit { stop() }

    private var data: String { home.appending(path: "data").path }

    public func start() throws {
        guard service == nil else { return }
        let service = try Service(
            "postgres", Self.asSomebody([Self.programs.appending(path: "postgres").path, "-D", data] + settings), in: folder.url)
        self.service = service
        try eventually("PostgreSQL to let in") {
            guard service.isRunning else { throw ServiceError("postgres ended: \(service.tail)") }
            return (try? sql("SELECT 1")) == "1"
        }
    }

    /// Ends every connection and the server. `abruptly`: without a shutdown checkpoint, as a crash of the server would.
    public func stop(abruptly: Bool = false) {
        guard let service else { return }
        thaw()
        service.signal(abruptly ? SIGQUIT : SIGINT)
        service.terminate()
        self.service = nil
    }

    public func restart(abruptly: Bool = false) throws {
        stop(abruptly: abruptly)
        try start()
    }

    /// Stops the server and each of its connections in their tracks, as a hung machine would: the kernel goes on taking their bytes.
    public func freeze() { for pid in processes { kill(pid, SIGSTOP) } }

    public func thaw() { for pid in processes { kill(pid, SIGCONT) } }

    private var processes: [pid_t] {
        guard let pid = service?.pid else { return [] }
        let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        return [pid] + children.split(separator: " ").compactMap { pid_t($0) }
    }

    /// Runs SQL by `psql`, as the superuser, and gives what it prints: columns between `|`, a row a line.
    @discardableResult
    public func sql(_ text: String, database: String = "postgres") throws -> String {
        try Self.run(psql(database) + ["-c", text])
    }

    @discardableResult
    public func run(file: URL, database: String = "postgres") throws -> String { try Self.run(psql(database) + ["-f", file.path]) }

    /// A new database; its name.
    public func makeDatabase() throws -> String {
        let name = "d" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try sql("CREATE DATABASE \(name)")
        return name
    }

    public func psql(_ database: String) -> [String] {
        [
            Self.programs.appending(path: "psql").path, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", home.path, "-p", "\(port)",
            "-U", "postgres", "-d", database,
        ]
    }

    // MARK: - Programs

    private static let user = getpwnam("postgres") != nil ? "postgres" : "nobody"

    static func asSomebody(_ command: [String]) -> [String] {
        guard geteuid() == 0 else { return command }
        return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(getpwnam(user).pointee.pw_gid)", "--clear-groups"] + command
    }

    @discardableResult
    private static func run(_ command: [String], ifRoot: Bool = false) throws -> String {
        if ifRoot && geteuid() != 0 { return "" }
        let process = Process()
        let output = Pipe()
        let errors = Pipe()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(filePath: "/tmp")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ServiceError("\(command[0]): \(complaints.trimmingCharacters(in: .whitespacesAndNewlines))")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A private CA, `other.crt` that signed nothing, and a server certificate for `localhost`.
    private func makeCertificates() throws {
        let openssl = "/usr/bin/openssl"
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        for name in ["ca", "other"] {
            try Self.run(
                [openssl, "req", "-x509"] + curve + [
                    "-subj", "/CN=\(name) of the tests", "-keyout", "\(folder.url.path)/\(name).key", "-out",
                    "\(folder.url.path)/\(name).crt",
                ])
        }
        let request = folder.file("server.csr").path
        try Self.run([openssl, "req"] + curve + ["-subj", "/CN=localhost", "-keyout", "\(home.path)/server.key", "-out", request])
        try Self.run([
            openssl, "x509", "-req", "-days", "2", "-in", request, "-CA", folder.file("ca.crt").path, "-CAkey", folder.file("ca.key").path,
            "-CAcreateserial",
            "-out", "\(home.path)/server.crt",
        ])
        try Self.run(["/bin/chmod", "600", "\(home.path)/server.key"])
        try Self.run(["/bin/chown", Self.user, "\(home.path)/server.key", "\(home.path)/server.crt"], ifRoot: true)
    }
}

extension PostgresServer {
    /// One for all tests of a process that leave it running. Each makes a database of its own in it.
    public static func shared() throws -> PostgresServer { try sharedServer.get() }

    private static let sharedServer: Result<PostgresServer, any Error> = Result {
        let server = try PostgresServer()
        atexit { (try? PostgresServer.sharedServer.get())?.end() }
        return server
    }

    private func end() {
        stop()
        try? FileManager.default.removeItem(at: folder.url)
    }
}
