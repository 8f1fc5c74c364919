import Testing

@testable import IngestCore

@Suite("A chunk on its way to Redis")
struct SharedChunkTests {
    private func text(_ data: String) -> String {
        let json = Array(data.utf8)
        return String(decoding: SharedText.make(0..<json.count, of: json.span), as: UTF8.self)
    }

    @Test("has its base64 without escapes and white space, in the standard alphabet")
    func texts() {
        #expect(text("QUJD/+==") == "QUJD/+==")
        #expect(text(#"QU JD\/\u002b\u003d\n="#) == "QUJD/+==")
        #expect(text("QU-_") == "QU+/")
        #expect(text("") == "")
    }

    @Test("has the print of an equal chunk, and no other's")
    func prints() {
        func chunk(_ digest: UInt64, total: Int = 3, padding: Int = 0) -> String {
            SharedChunk(
                place: SharedPlace(camera: CameraUID("c")!, imageID: "x"), index: 0, total: total, text: [],
                shape: ChunkShape(head: 8, headPadding: padding), digest: digest, topic: []
            ).print
        }
        #expect(chunk(1) == chunk(1))
        #expect(Set([chunk(1), chunk(2), chunk(1, total: 4), chunk(1, padding: 1)]).count == 4)
    }

    @Test("belongs to a capture that its key tells, and others' keys tell none")
    func keys() {
        let place = SharedPlace(camera: CameraUID("cam:7 ü")!, imageID: "4711")
        #expect(place.keys == ["image_chunks:4711:cam:7 ü", "image_meta:4711:cam:7 ü"])
        for key in place.keys {
            let parsed = SharedPlace.parse(key: key)
            #expect(parsed?.imageID == "4711" && parsed?.camera == place.camera)
        }
        #expect(
            SharedPlace.parse(key: "image_chunks:4711")?.camera == nil && SharedPlace.parse(key: "image_chunks:4711")?.imageID == "4711")
        for key in ["image_other:4711", "image_chunks:", "image_chunks:a b:cam", "image_meta:..:cam", "image_chunks:4711:", "processed:1"] {
            #expect(SharedPlace.parse(key: key) == nil, "\(key)")
        }
    }
}

@Suite("What a look around finds in Redis")
struct SharedRemainsTests {
    private func step(
        _ received: Int, of total: Int?, silent: Int? = 0, expiry: Duration? = .seconds(200), isOwn: Bool = true, isTold: Bool = false,
        sharing: Bool = true, isIntakePaused: Bool = false
    ) -> SharedRemains.Step {
        SharedRemains(
            received: received, total: total, lastUpdate: silent.map { 1_800_000_000 - $0 }, expiry: expiry, isOwn: isOwn, isTold: isTold
        ).step(now: 1_800_000_000, life: .seconds(300), sharing: sharing, isIntakePaused: isIntakePaused)
    }

    @Test("is finished when it is whole and nobody has done so for a while, in share mode")
    func whole() {
        #expect(step(5, of: 5, silent: 10) == .finish)
        #expect(step(5, of: 5, silent: 9) == .leave)
        #expect(step(5, of: 5, silent: nil) == .finish)
        #expect(step(5, of: 5, silent: 20, sharing: false) == .leave)
        #expect(step(4, of: 5, silent: 20) == .leave)
        #expect(step(0, of: nil) == .leave)
    }

    @Test("is removed when it is older than it may become and would never expire, and not sooner")
    func stale() {
        #expect(step(4, of: 5, silent: 301, expiry: nil) == .remove)
        #expect(step(4, of: 5, silent: 301, expiry: nil, sharing: false) == .remove)
        #expect(step(4, of: 5, silent: 300, expiry: nil) == .expire)
        #expect(step(4, of: nil, silent: nil, expiry: nil) == .expire)
        #expect(step(4, of: 5, silent: 301, expiry: .seconds(100)) == .leave)
    }

    @Test("does not grow old while the gateway does not hear the broker")
    func deaf() {
        #expect(step(4, of: 5, silent: 290, expiry: .seconds(10), isIntakePaused: true) == .expire)
        #expect(step(4, of: 5, silent: 10, expiry: .seconds(290), isIntakePaused: true) == .leave)
        #expect(step(4, of: 5, silent: 290, expiry: .seconds(10), sharing: false, isIntakePaused: true) == .leave)
        #expect(step(0, of: 5, silent: 290, expiry: .seconds(10), isIntakePaused: true) == .leave)
        #expect(step(5, of: 5, silent: 290, expiry: .seconds(10), isIntakePaused: true) == .finish)
    }

    @Test("is told of once when it is about to expire with chunks of its own")
    func told() {
        #expect(step(4, of: 5, silent: 281, expiry: .seconds(19)) == .tell)
        #expect(step(4, of: 5, silent: 281, expiry: .seconds(19), isTold: true) == .leave)
        #expect(step(4, of: 5, silent: 281, expiry: .seconds(19), isOwn: false) == .leave)
        #expect(step(4, of: 5, silent: 281, expiry: .seconds(19), sharing: false) == .leave)
        #expect(step(0, of: 5, silent: 281, expiry: .seconds(19)) == .leave)
    }
}
