import Foundation
import TestServices
import Testing

@Suite("A secret", .serialized)
struct CanaryTests {
    /// A password or key that is nowhere but where a person put it.
    private struct Canaries {
        var broker = "canary-broker-5b1f"
        var redis = "canary-redis-77d0"
        /// What no server takes.
        static let wrong = ["canary-broker-wrong", "canary-redis-wrong", "canary-table-wrong", "canary-store-wrong", "canary-token-wrong"]
        var all: [String] { [broker, redis, SeaweedServer.secretKey, PostgresServer.password] + Self.wrong }
    }

    @Test("shows in nothing that the gateway says, writes or answers, while each backend fails in turn, and refuses in turn")
    func nowhere() throws {
        let canaries = Canaries()
        let store = try OwnStore()
        let postgres = try PostgresServer()
        let redis = try RedisServer(password: canaries.redis)
        let site = try Site(
            """
            [mqtt]
            username = "gateway"
            password = "\(canaries.broker)"
            [s3]
            timeout = "1s"
            [postgres]
            timeout = "1s"
            [redis]
            url = "redis://127.0.0.1:\(redis.port)/0"
            password = "\(canaries.redis)"
            [log]
            level = "debug"
            """
        ) {
            $0.broker.users = ["gateway": canaries.broker]
            $0.store = store.server
            $0.postgres = postgres
        }
        let gateway = site.gateway
        try gateway.waitForHealth()
        var said: [String] = []
        func listen() throws {
            said += ["/health", "/ready", "/metrics", "/cameras", "/spool", "/images/x", "/"].map { gateway.get($0)?.text ?? "" }
            for command in [
                ["check", "--show"], ["check", "--json", "--show"], ["doctor"], ["doctor", "--json"], ["status"], ["status", "--json"],
            ] {
                let run = try run([gatewayProgram] + command + ["--config", gateway.config.path])
                said += [run.output, run.errors]
            }
            for name in ["cmdline", "comm", "stat"] {
                said.append(String(decoding: try Data(contentsOf: URL(filePath: "/proc/\(gateway.pid)/\(name)")), as: UTF8.self))
            }
        }
        let failures: [(String, stop: () throws -> Void, start: () throws -> Void)] = [
            ("minio", { store.kill() }, { try store.start() }),
            ("postgres", { postgres.stop(abruptly: true) }, { try postgres.start() }),
            ("redis", { redis.kill() }, { try redis.start() }),
            ("mqtt", { site.broker.kill() }, { try site.broker.start() }),
        ]
        for (check, stop, start) in failures {
            try stop()
            try gateway.waitForFailure(of: check)
            try listen()
            try start()
            try gateway.waitForHealth()
        }

        // And now none lets it in.
        try gateway.terminate()
        var configuration = site.configuration
        configuration.add(
            """
            [mqtt]
            password = "\(Canaries.wrong[0])"
            [redis]
            password = "\(Canaries.wrong[1])"
            [postgres]
            password = "\(Canaries.wrong[2])"
            [s3]
            secret_key = "\(Canaries.wrong[3])"
            session_token = "\(Canaries.wrong[4])"
            """)
        try configuration.text.write(to: gateway.config, atomically: true, encoding: .utf8)
        try gateway.start()
        for (check, _, _) in failures { try gateway.waitForFailure(of: check) }
        try listen()
        try gateway.terminate()

        #expect(gateway.log.contains("debug"), "the log tells all it can")
        said.append(gateway.log)
        said += try files(under: site.folder.file("spool"))
        for canary in canaries.all {
            let found = said.filter { $0.contains(canary) }
            #expect(found.isEmpty, "\(canary) in \(found.map { $0.split(separator: "\n").filter { $0.contains(canary) } })")
        }
    }

    /// What each file holds, and its name.
    private func files(under folder: URL) throws -> [String] {
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey]))
        return try walk.compactMap { $0 as? URL }.filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .map { try $0.path + "\n" + String(decoding: Data(contentsOf: $0), as: UTF8.self) }
    }
}
