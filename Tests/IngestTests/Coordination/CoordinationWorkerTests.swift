import Clients
import Foundation
import IngestCore
import Platform
import TestServices
import Testing

@testable import Ingest

@Suite("The thread that talks to Redis")
struct CoordinationWorkerTests {
    private let server: RedisServer
    private let sha = String(repeating: "5", count: 64)

    init() throws { server = try RedisServer() }

    private func redis() throws -> RedisConnection {
        var settings = RedisSettings(host: "127.0.0.1", port: server.port)
        settings.timeout = .seconds(5)
        return try RedisConnection(settings, lookup: HostLookup("127.0.0.1"))
    }

    private func picture(
        _ imageID: String, camera: String = "cam 7", source: ImageIDSource = .gateway, at milliseconds: Int64 = 1_800_000_000_000
    ) -> Picture {
        Picture(
            camera: CameraUID(camera)!, imageID: imageID, imageIDSource: source, topic: "t",
            recordedAt: Timestamp(milliseconds: milliseconds),
            size: 3, chunks: 1, sha256: sha, contentType: .jpeg, bucket: "b", key: "key-of-\(imageID)")
    }

    @Test("claims a picture, and notes it as processed before the local copy goes")
    func wholeWay() throws {
        var redis = try redis()
        let gateway = try CoordinatingGateway("one", redis: server.port)
        gateway.notes.isOpen("x", of: CameraUID("cam 7")!)
        let id = gateway.admit(picture("x", source: .camera))
        #expect(try gateway.waitUntilMine(id).imageID == "x")
        let key = "claim:cam 7:x:\(sha)"
        let held = try #require(redis.send(.get(key)).text)
        #expect(held == "held one cam%207 2027-01-15T08:00:00.000Z x key-of-x")
        #expect(try redis.send(.get("assemble:x")).text == "one")
        #expect(try life(of: key, in: &redis) > 1)
        #expect(try redis.send(.get("camera_session:cam 7")).text == "x")

        gateway.deliverAll()
        #expect(try gateway.waitForEnd() == [.stored(rowID: "1")])
        #expect(try redis.send(.get("processed:x")).text == "cam 7 \(sha)")
        #expect(try redis.send(.get(key)).text == held.replacing("held", with: "stored"))
        #expect(try life(of: key, in: &redis) > 3_590_000)
        #expect(try redis.send(.get("assemble:x")) == .null)
        #expect(try redis.send(.get("camera_session:cam 7")) == .null)

        gateway.admit(picture("x", source: .camera, at: 1_800_000_060_000))
        #expect(try gateway.waitForEnd(2).last == .repeated(of: picture("x", source: .camera).identity))
    }

    @Test("asks Redis once before a picture, session included, and tells it once after")
    func roundTrips() throws {
        var redis = try redis()
        let gateway = try CoordinatingGateway("one", redis: server.port)
        try eventually("Redis to be known") { try redis.send(RedisCommand("CLIENT", "LIST")).text?.contains("cmd=script") == true }
        // Everything is slow, and logged with the address it came from; what scripts do has "?:0" in Redis 7, and none in Redis 8.
        _ = try redis.send(RedisCommand("CONFIG", "SET", "slowlog-log-slower-than", "0"))
        _ = try redis.send(RedisCommand("SLOWLOG", "RESET"))
        func sent() throws -> [String] {
            let log = try redis.send(RedisCommand("SLOWLOG", "GET", "100")).array ?? []
            let names = log.compactMap { ["?", nil].contains($0.array?[4].text?.first) ? nil : $0.array?[3].array?.first?.text }
            return names.filter { !["CONFIG", "SLOWLOG", "PING"].contains($0) }.reversed()
        }
        gateway.notes.isOpen("x", of: CameraUID("cam 7")!)
        _ = try gateway.waitUntilMine(gateway.admit(picture("x")))
        #expect(try sent() == ["SET", "EVALSHA"])
        gateway.deliverAll()
        _ = try gateway.waitForEnd()
        #expect(try sent() == ["SET", "EVALSHA", "EVALSHA"])
    }

    @Test("holds two of its own pictures apart that come at once and are the same capture")
    func twins() throws {
        let gateway = try CoordinatingGateway("one", redis: server.port)
        let ids = gateway.delivery.change { state in
            (0..<2).map { number in
                state.machine.admit(
                    picture("x", source: .camera, at: 1_800_000_000_000 + Int64(number) * 700), alternateKey: "other", lane: .live,
                    now: .current)
            }
        }
        let first = try gateway.waitUntilMine(ids[0])
        _ = try? eventually("nothing", within: 0.3) { !gateway.isResting(ids[1]) }
        #expect(gateway.isResting(ids[1]))
        gateway.deliverAll()
        #expect(try gateway.waitForEnd(2) == [.stored(rowID: "1"), .repeated(of: first.identity)])
    }

    @Test("takes what is no text under processed: for nothing, and does not touch it")
    func otherKind() throws {
        var redis = try redis()
        _ = try redis.send(RedisCommand("RPUSH", "processed:x", "somebody's list"))
        let gateway = try CoordinatingGateway("one", redis: server.port)
        _ = try gateway.waitUntilMine(gateway.admit(picture("x", source: .camera)))
        gateway.deliverAll()
        #expect(try gateway.waitForEnd() == [.stored(rowID: "1")])
        #expect(try redis.send(RedisCommand("TYPE", "processed:x")).text == "list")
        #expect(gateway.health.failures.isEmpty)
    }

    @Test("lets one of two gateways store a picture; the other keeps its copy until then")
    func twoGateways() throws {
        let first = try CoordinatingGateway("first", redis: server.port)
        let second = try CoordinatingGateway("second", redis: server.port)
        let mine = first.admit(picture("uuid-1"))
        _ = try first.waitUntilMine(mine)
        second.notes.isOpen("uuid-2", of: CameraUID("cam 7")!)
        let theirs = second.admit(picture("uuid-2", at: 1_800_000_001_500))
        try eventually("the second to take the first's identity") {
            second.delivery.state.read { $0.machine.parcels[theirs]?.picture.identity } == picture("uuid-1").identity
        }
        #expect(second.isResting(theirs))
        first.deliverAll()
        #expect(try first.waitForEnd() == [.stored(rowID: "1")])
        #expect(try second.waitForEnd() == [.storedElsewhere(as: picture("uuid-1").identity)])
        var redis = try redis()
        try eventually("the session's name to go") { try redis.send(.get("camera_session:cam 7")) == .null }
    }

    @Test("takes over under the same name, moment and key when the first stops without having stored it")
    func successor() throws {
        let first = try CoordinatingGateway("first", redis: server.port)
        let second = try CoordinatingGateway("second", redis: server.port)
        _ = try first.waitUntilMine(first.admit(picture("uuid-1")))
        let theirs = second.admit(picture("uuid-2", at: 1_800_000_001_500))
        try eventually("the second to wait") { second.delivery.state.read { $0.machine.parcels[theirs]?.picture.imageID == "uuid-1" } }
        first.stop()
        #expect(try second.waitUntilMine(theirs).identity == picture("uuid-1").identity)
    }

    @Test("takes a claim that nobody renewed any more")
    func expired() throws {
        var redis = try redis()
        let dead = Claim(picture("dead"), owner: "dead/1")
        _ = try redis.send(.set("claim:cam 7:\(sha)", to: dead.text, expiry: .milliseconds(1500)))
        let gateway = try CoordinatingGateway("one", redis: server.port)
        let began = Instant.current
        let id = gateway.admit(picture("mine"))
        #expect(try gateway.waitUntilMine(id).identity == dead.identity)
        #expect(Instant.current - began > .milliseconds(300), "not while the claim lived")
    }

    @Test("heeds what the former service left: its flag, and its lock as long as it holds")
    func former() throws {
        var redis = try redis()
        let gateway = try CoordinatingGateway("one", redis: server.port)
        _ = try redis.send(.set("processed:old", to: "1", expiry: .seconds(60)))
        gateway.admit(picture("old", source: .camera))
        #expect(try gateway.waitForEnd() == [.repeated(of: nil)])

        _ = try redis.send(.set("assemble:busy", to: "somebody", expiry: .seconds(60)))
        let id = gateway.admit(picture("busy", source: .camera))
        _ = try? eventually("nothing", within: 0.4) { !gateway.isResting(id) }
        #expect(gateway.isResting(id))
        _ = try redis.send(.delete(["assemble:busy"]))
        _ = try gateway.waitUntilMine(id)
    }

    @Test("keeps one line a camera, the newest")
    func lines() throws {
        var redis = try redis()
        _ = try redis.send(.set("processed:x", to: "cam 7 \(String(repeating: "4", count: 64))\nx cam 7 \(sha)", expiry: .seconds(60)))
        let gateway = try CoordinatingGateway("one", redis: server.port)
        _ = try gateway.waitUntilMine(gateway.admit(picture("x", source: .camera)))
        gateway.deliverAll()
        _ = try gateway.waitForEnd()
        #expect(try redis.send(.get("processed:x")).text == "x cam 7 \(sha)\ncam 7 \(sha)")
    }

    @Test("lets everything pass while Redis is away, says so, and agrees again when it is back")
    func away() throws {
        let gateway = try CoordinatingGateway("one", redis: server.port, timeout: .milliseconds(300))
        _ = try gateway.waitUntilMine(gateway.admit(picture("a")))
        server.freeze()
        let began = Instant.current
        _ = try gateway.waitUntilMine(gateway.admit(picture("b", camera: "other")))
        #expect(Instant.current - began < .seconds(3))
        #expect(gateway.health.failures[.redis] != nil)
        gateway.deliverAll()
        #expect(try gateway.waitForEnd(2).count == 2)
        server.thaw()
        try eventually("Redis to be back") { gateway.health.failures.isEmpty }
        server.kill()
        try server.start()
        _ = try gateway.waitUntilMine(gateway.admit(picture("c", camera: "third")))
        var redis = try redis()
        try eventually("the claim") { try redis.send(.get("assemble:c")).text == "one" }
    }
}
