import Foundation
import Logging
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore
@testable import Platform

/// What the upload worker relies on, of a bucket on a real server and of the one in memory alike.
@Suite("A bucket of pictures")
struct ObjectPortTests {
    enum Kind: String, CaseIterable, Sendable { case memory, seaweed }

    private func bucket(_ kind: Kind) throws -> (port: any ObjectPort, name: String) {
        let name = "b-" + UUID().uuidString.prefix(8).lowercased()
        guard kind == .seaweed else { return (FakeBucket(bucket: name), name) }
        var settings = Configuration.S3()
        settings.endpoint = try SeaweedServer.shared().endpoint
        settings.accessKey = Secret(SeaweedServer.accessKey)
        settings.secretKey = Secret(SeaweedServer.secretKey)
        settings.bucket = name
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let clock = ClockWatch(
            health: PublishedHealth(checks: [.clock]), history: ClockHistory(NSTemporaryDirectory() + UUID().uuidString), log: log)
        return (try ObjectBucket(settings, concurrency: 4, clock: clock), name)
    }

    private func run(_ port: any ObjectPort, _ tasks: ObjectTask...) throws -> [Result<ObjectCompletion.Answer, DeliveryFailure>] {
        for (index, task) in tasks.enumerated() { port.start(task, number: UInt64(index + 1)) }
        var results: [UInt64: Result<ObjectCompletion.Answer, DeliveryFailure>] = [:]
        try eventually("the ends of all", within: 60) {
            for completion in port.wait(atMost: .milliseconds(100)) {
                #expect(results.updateValue(completion.result, forKey: completion.number) == nil, "one end each")
            }
            return results.count == tasks.count
        }
        return results.sorted { $0.key < $1.key }.map(\.value)
    }

    private func picture(_ key: String, _ bytes: [UInt8], in bucket: String) throws -> Picture {
        Picture(
            camera: CameraUID("cam")!, imageID: "i", imageIDSource: .gateway, topic: "t", recordedAt: Timestamp(milliseconds: 5),
            size: bytes.count, chunks: 1, sha256: Hex.lower(try SHA256.digest(of: bytes.span)), contentType: .jpeg, bucket: bucket, key: key
        )
    }

    @Test("makes itself, takes pictures, tells which are there, gives them back, and removes them", arguments: Kind.allCases)
    func wholeLife(kind: Kind) throws {
        let (port, name) = try bucket(kind)
        let bytes = pattern(70_000)
        #expect(try run(port, .bucket) == [.success(.done)])
        let (a, b) = (try picture("cam/a.jpg", bytes, in: name), try picture("cam/b.jpg", [1, 2, 3], in: name))
        let put = try run(port, .put(a, HeldBytes(bytes), rate: nil), .put(b, HeldBytes([1, 2, 3]), rate: nil))
        #expect(put == [.success(.stored(version: nil)), .success(.stored(version: nil))])
        let there = try run(port, .exists(bucket: name, key: "cam/a.jpg"), .exists(bucket: name, key: "cam/none.jpg"))
        #expect(there == [.success(.exists(true)), .success(.exists(false))])
        let copy = HeldSink()
        let get = ObjectTask.get(bucket: name, key: "cam/a.jpg", into: copy, limit: 1 << 20, within: .seconds(10))
        #expect(try run(port, get) == [.success(.done)])
        #expect(copy.bytes == bytes)
        #expect(
            try run(port, .remove(bucket: name, key: "cam/a.jpg"), .remove(bucket: name, key: "cam/none.jpg")) == [
                .success(.done), .success(.done),
            ])
        #expect(try run(port, .exists(bucket: name, key: "cam/a.jpg")) == [.success(.exists(false))])
    }

    @Test("takes a picture again as the same object", arguments: Kind.allCases)
    func again(kind: Kind) throws {
        let (port, name) = try bucket(kind)
        _ = try run(port, .bucket)
        let a = try picture("cam/a.jpg", [1, 2, 3], in: name)
        for _ in 0..<2 { #expect(try run(port, .put(a, HeldBytes([1, 2, 3]), rate: nil)) == [.success(.stored(version: nil))]) }
    }

    @Test("blames no store for bytes that cannot be read", arguments: Kind.allCases)
    func unreadable(kind: Kind) throws {
        final class Broken: BodySource, Sendable {
            let count = 10
            func fill(_: inout MutableSpan<UInt8>, from _: Int) throws(BodyFailure) -> Int { throw BodyFailure("a bad sector") }
        }
        let (port, name) = try bucket(kind)
        _ = try run(port, .bucket)
        let result = try run(port, .put(try picture("cam/a.jpg", [1], in: name), Broken(), rate: nil))
        #expect(result.first?.failure?.kind == .unsendable)
    }

    @Test("ends a wait when it is woken", arguments: Kind.allCases)
    func wakes(kind: Kind) throws {
        let (port, _) = try bucket(kind)
        let began = Instant.current
        port.wake()
        #expect(port.wait(atMost: .seconds(30)).isEmpty)
        #expect(.current - began < .seconds(20))
    }
}
