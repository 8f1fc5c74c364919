import Clients
import Foundation
import TestServices
import Testing

@Suite("thermo-ingest reset")
struct ResetCommandTests {
    private let folder: TemporaryFolder
    private let config: String

    init() throws {
        folder = try TemporaryFolder()
        config = folder.file("config.toml").path
        try "".write(toFile: config, atomically: true, encoding: .utf8)
    }

    private func reset(_ arguments: String..., port: Int?) throws -> ProgramRun {
        let environment = port.map { ["REDIS_HOST": "127.0.0.1", "REDIS_PORT": "\($0)"] } ?? [:]
        return try run([gatewayProgram, "reset", "--config", config] + arguments, environment: environment)
    }

    private func connect(_ server: RedisServer) throws -> RedisConnection {
        try RedisConnection(RedisSettings(host: "127.0.0.1", port: server.port), lookup: HostLookup("127.0.0.1"))
    }

    private let sha = String(repeating: "5", count: 64)

    @Test("deletes what Redis knows of a capture, of all cameras, and nothing of its neighbours")
    func all() throws {
        let server = try RedisServer()
        var redis = try connect(server)
        let gone = [
            "processed:a*", "image_chunks:a*", "image_chunks:a*:cam 7", "image_meta:a*:cam 7", "camera_session:cam 7",
            "camera_session:cam 8",
        ]
        let stays = ["processed:ab", "image_chunks:ab:cam 7", "image_meta:ab:cam 7", "camera_session:cam 9", "claim:cam 7:a*:\(sha)"]
        for key in gone + stays { _ = try redis.send(.set(key, to: key == "processed:a*" ? "cam 8 \(sha)" : "a*")) }
        let end = try reset("a*", port: server.port)
        #expect(end.status == 0)
        #expect(end.output.split(separator: "\n").map(String.init).sorted() == gone.map { "deleted \($0)" }.sorted())
        #expect(try redis.keys(matching: "*", limit: 100) == Set(stays))
        #expect(try reset("a*", port: server.port).output == "Redis knows nothing of image a*\n")
    }

    @Test("leaves other cameras' lines alone when one is named")
    func oneCamera() throws {
        let server = try RedisServer()
        var redis = try connect(server)
        _ = try redis.send(.set("processed:x", to: "cam 7 \(sha)\nother \(sha)", expiry: .seconds(100)))
        _ = try redis.send(.set("image_meta:x:other", to: "1"))
        _ = try redis.send(.set("camera_session:cam 7", to: "x"))
        let end = try reset("x", "--camera", "cam 7", "--json", port: server.port)
        #expect(end.output == "{\"camera\":\"cam 7\",\"image_id\":\"x\",\"keys\":[\"camera_session:cam 7\"],\"lines\":1}\n")
        #expect(try redis.send(.get("processed:x")).text == "other \(sha)")
        #expect(try life(of: "processed:x", in: &redis) > 1)
        #expect(try redis.send(.get("image_meta:x:other")).text == "1")
        let last = try reset("x", "--camera", "other", port: server.port)
        #expect(last.output == "deleted image_meta:x:other\ndeleted processed:x\n")
    }

    @Test("ends with 69 when Redis is away, with 78 when none is configured, with 64 for nonsense")
    func failures() throws {
        let away = try reset("x", port: try freePort())
        #expect(away.status == 69 && away.errors.contains("redis://127.0.0.1"))
        let none = try reset("x", port: nil)
        #expect(none.status == 78 && none.errors.contains("[redis]"))
        #expect(try reset(port: nil).status == 64)
    }
}
