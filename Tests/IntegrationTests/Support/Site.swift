import Clients
import Foundation
import TestServices
import Testing

/// One place with cameras: a broker, a database, a bucket and a gateway between them, all real, all of the test's own.
///
/// The broker is always its own; database server and object store are shared with other tests, with a database and a bucket each,
/// unless the test brings servers that it means to stop.
final class Site {
    /// What the test brings along.
    struct Parts {
        var broker = Broker.Options()
        var postgres: PostgresServer?
        var store: SeaweedServer?
        /// Another server than SeaweedFS; it must know SeaweedServer's keys.
        var storeEndpoint: String?
        /// Creates the tables; nil runs schema.sql.
        var schema: String?
        /// For the gateway.
        var environment: [String: String] = [:]
        /// False leaves it to the test to start the gateway.
        var starts = true

        init() {}
    }

    let folder: TemporaryFolder
    let broker: Broker
    let postgres: PostgresServer
    let storeEndpoint: String
    let database: String
    let bucket: String
    let gateway: Gateway
    private let parts: Parts
    private var openCameras: Cameras?

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL

    /// - Parameter overrides: TOML, laid over a configuration that reaches all servers.
    init(_ overrides: String = "", _ change: (inout Parts) -> Void = { _ in }) throws {
        signal(SIGPIPE, SIG_IGN)
        var parts = Parts()
        change(&parts)
        self.parts = parts
        folder = try TemporaryFolder()
        broker = try Broker(parts.broker)
        postgres = try parts.postgres ?? .shared()
        storeEndpoint = try parts.storeEndpoint ?? (parts.store ?? .shared()).endpoint
        database = try postgres.makeDatabase()
        if let schema = parts.schema {
            try postgres.sql(schema, database: database)
        } else {
            try postgres.run(file: Self.root.appending(path: "schema.sql"), database: database)
        }
        bucket = "b-" + UUID().uuidString.prefix(12).lowercased()
        let port = try freePort()
        let base = """
            [mqtt]
            url = "mqtt://127.0.0.1:\(broker.port)"
            client_id = "gateway-1"
            [s3]
            endpoint = "\(storeEndpoint)"
            bucket = "\(bucket)"
            access_key = "\(SeaweedServer.accessKey)"
            secret_key = "\(SeaweedServer.secretKey)"
            timeout = "5s"
            [postgres]
            url = "postgresql://postgres@127.0.0.1:\(postgres.port)/\(database)"
            password = "\(PostgresServer.password)"
            timeout = "5s"
            [spool]
            directory = "\(folder.file("spool").path)"
            keep_free = "1MiB"
            [drain]
            backoff_max = "1s"
            [http]
            listen = "127.0.0.1:\(port)"
            [log]
            format = "text"
            """
        configuration = SiteConfiguration(base, overrides)
        let config = folder.file("config.toml")
        try configuration.text.write(to: config, atomically: true, encoding: .utf8)
        gateway = Gateway(config: config, httpPort: port, in: folder.url, environment: parts.environment)
        if parts.starts {
            try gateway.start()
            try gateway.waitUntilReady()
        }
    }

    let configuration: SiteConfiguration

    /// Another gateway at this site: same servers, a session, a spool and a port of its own. Not started.
    func anotherGateway(_ name: String, _ overrides: String = "") throws -> Gateway {
        let own = folder.file(name)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        let port = try freePort()
        var configuration = self.configuration
        configuration.add(
            """
            [mqtt]
            client_id = "\(name)"
            [spool]
            directory = "\(own.appending(path: "spool").path)"
            [http]
            listen = "127.0.0.1:\(port)"
            """)
        configuration.add(overrides)
        let config = own.appending(path: "config.toml")
        try configuration.text.write(to: config, atomically: true, encoding: .utf8)
        return Gateway(config: config, httpPort: port, in: own, environment: parts.environment)
    }

    // MARK: - Cameras

    /// A connection to the broker as cameras have it; the same each time.
    func cameras() throws -> Cameras {
        if let openCameras { return openCameras }
        let new = try newCameras()
        openCameras = new
        return new
    }

    /// A new one, after the broker was away.
    func newCameras() throws -> Cameras {
        var settings = MosquittoSettings(host: "127.0.0.1", port: broker.port, clientID: "cameras-\(UUID().uuidString.prefix(8))")
        settings.sessionExpiry = .zero
        return try Cameras(settings)
    }

    /// Runs `thermo-ingest simulate`; the manifest it leaves.
    func simulate(_ arguments: String...) throws -> [ManifestLine] {
        let manifest = folder.file("manifest-\(UUID().uuidString.prefix(8))")
        let command = [gatewayProgram, "simulate", "--config", gateway.config.path, "--manifest", manifest.path] + arguments
        let end = try run(command, within: 300)
        guard end.status == 0 else { throw ServiceError("simulate ended with \(end.status): \(end.errors)") }
        let decoder = JSONDecoder()
        return try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n").map {
            try decoder.decode(ManifestLine.self, from: Data($0.utf8))
        }
    }

    struct ManifestLine: Decodable {
        let camera: String
        let image_id: String?
        let sha256: String
        let whole: Bool
        let still: Bool
    }
}
