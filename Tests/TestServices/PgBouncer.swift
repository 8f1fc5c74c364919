import Foundation

/// A PgBouncer in front of a PostgreSQL of the tests, on a loopback port. It lets everybody in, as the user `postgres`.
public final class PgBouncer: @unchecked Sendable {
    public enum Mode: String, CaseIterable, Sendable { case transaction, session, statement }

    public let port: Int
    private let service: Service
    private let folder: TemporaryFolder

    /// - Parameter poolSize: connections to each database.
    public init(_ mode: Mode, to server: PostgresServer, poolSize: Int = 4, settings: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        port = try freePort()
        var all = [
            "listen_addr": "127.0.0.1", "listen_port": "\(port)", "unix_socket_dir": "", "auth_type": "any", "pool_mode": mode.rawValue,
            "default_pool_size": "\(poolSize)", "server_reset_query": "DISCARD ALL",
        ]
        all.merge(settings) { $1 }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        let file = folder.file("pgbouncer.ini")
        let text = "[databases]\n* = host=\(server.socketFolder.path) port=\(server.port) user=postgres\n[pgbouncer]\n"
        try (text + lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        service = try Service("pgbouncer", PostgresServer.asSomebody(["/usr/sbin/pgbouncer", file.path]), in: folder.url)
        let port = port
        try service.answers { probe(port: port) }
    }
}
