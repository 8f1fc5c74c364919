import Testing

@testable import IngestCore

@Suite("An assembler")
struct AssemblerTests {
    private func bytes(_ count: Int, _ seed: UInt64) -> [UInt8] {
        var random = Seeded(seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    @Test("lays chunks one straight after the other across slabs, and a picture in index order")
    func layout() throws {
        let bench = AssemblyBench { $0.pool = 1 << 20 }
        let chunks = [bytes(100, 1), bytes(9000, 2), bytes(1, 3), bytes(4095, 4)]
        for index in [2, 0, 3, 1] { bench.send("cam", "x", index, of: 4, chunks[index], room: chunks[index].count + 5000) }
        #expect(bench.stored == [chunks.flatMap { $0 }])
        #expect(bench.assembler.freeSlabs == bench.assembler.slabCount)

        for (index, chunk) in chunks.dropLast().enumerated() { bench.send("cam", nil, index, of: 4, chunk) }
        #expect(bench.assembler.bytesInUse == 3 * 4096, "9101 bytes take three slabs")
        bench.checkInvariants()
    }

    @Test("is as it was after a refused message")
    func refused() {
        let bench = AssemblyBench { _ in }
        bench.play("A0 A1")
        let before = (bench.assembler.freeSlabs, bench.assembler.openCaptures())
        #expect(bench.stage("cam", nil, 9000, bytes(9000, 1)) == .granted)
        bench.assembler.discard()
        #expect(before == (bench.assembler.freeSlabs, bench.assembler.openCaptures()))
        bench.play("A2 A3")
        #expect(bench.stored == [AssemblyBench.picture("A")])
    }

    @Test("gives up a picture that outgrows its bound, refuses the chunk that did it, and counts it once")
    func tooLarge() {
        for id in [nil, "x"] {
            let bench = AssemblyBench { $0.maxImage = 1000 }
            bench.send("cam", id, 0, of: 4, bytes(600, 1))
            #expect(bench.send("cam", id, 1, of: 4, bytes(600, 2)).disposition == .refused(.tooLarge))
            #expect(bench.incomplete == [.tooLarge])
            for index in 2..<4 { #expect(bench.send("cam", id, index, of: 4, bytes(10, 3)).disposition == .noted) }
            #expect(bench.assembler.bytesInUse == 0)
            bench.send("cam", id, 0, of: 1, bytes(500, 4))
            #expect(bench.incomplete == [.tooLarge])
            #expect(bench.stored == [bytes(500, 4)])
            bench.checkInvariants()
        }
    }

    @Test("says full while a delivery will make room, and gives up the least recently touched where none will")
    func full() {
        let bench = AssemblyBench {
            $0.pool = 16 * 4096
            $0.maxMessage = 4096
        }
        bench.keepsDeliveries = true
        bench.send("done", nil, 0, of: 1, bytes(4096 * 4, 1))
        for camera in 0..<5 { bench.send("cam\(camera)", nil, 0, of: 2, bytes(4096 * 2, UInt64(camera))) }
        #expect(bench.send("late", nil, 0, of: 2, bytes(4096, 9)).disposition == .full)
        #expect(bench.incomplete.isEmpty)
        bench.releaseAll()
        bench.send("late", nil, 0, of: 2, bytes(4096 * 3, 9))
        bench.send("later", nil, 0, of: 2, bytes(4096 * 3, 9))
        #expect(bench.incomplete.first == .evicted)
        #expect(bench.abandoned.first?.camera.text == "cam0")
        bench.checkInvariants()
    }

    @Test("takes the memory of a camera that holds more than half before that of others")
    func half() {
        let bench = AssemblyBench {
            $0.pool = 32 * 4096
            $0.maxMessage = 4096
        }
        bench.send("quiet", nil, 0, of: 2, bytes(4096 * 2, 1))
        for id in ["a", "b", "c"] { bench.send("noisy", id, 0, of: 2, bytes(4096 * 8, 2)) }
        bench.send("other", nil, 0, of: 2, bytes(4096 * 6, 3))
        #expect(bench.abandoned.map(\.imageID) == ["a"])
        bench.send("quiet", nil, 1, of: 2, bytes(10, 4))
        #expect(bench.stored.count == 1)
        bench.checkInvariants()
    }

    @Test("with a journal behind it loses memory and no capture")
    func unload() throws {
        let bench = AssemblyBench { $0.isCache = true }
        let first = try #require(bench.send("cam", nil, 0, of: 3, bytes(5000, 1)).capture)
        bench.assembler.unload(first)
        #expect(bench.assembler.events == [.unloaded(first)])
        #expect(bench.assembler.bytesInUse == 0)
        bench.send("cam", nil, 1, of: 3, bytes(50, 2))
        let last = bench.accept("cam", nil, 2, of: 3, bytes(60, 3))
        #expect(last.completed)
        #expect(bench.assembler.complete(first)?.layout == nil)
        #expect(bench.assembler.unloadedChunk(of: first)?.index == 0)
        #expect(bench.assembler.stageReload(first, room: 5000, now: bench.now) == .granted)
        var region = bench.assembler.stagedRegion(of: bench.memory)
        bench.write(bytes(5000, 1), to: &region)
        bench.assembler.reloaded(first, index: 0)
        #expect(bench.assembler.unloadedChunk(of: first) == nil)
        bench.finish(last)
        #expect(bench.stored == [bytes(5000, 1) + bytes(50, 2) + bytes(60, 3)])
        bench.checkInvariants()
    }

    @Test("gives up a picture whose texts are no base64 when joined")
    func noBase64() throws {
        let bench = AssemblyBench { _ in }
        let handle = try #require(bench.accept("cam", nil, 0, of: 1, bytes(10, 1)).capture)
        bench.assembler.abandon(handle, .base64, now: bench.now)
        bench.takeEvents()
        #expect(bench.incomplete == [.base64])
        #expect(bench.assembler.complete(handle) == nil)
        #expect(bench.assembler.bytesInUse == 0)
    }

    @Test("delivers a named capture again when Redis does not know it, and not otherwise")
    func afterReset() throws {
        let bench = AssemblyBench { _ in }
        bench.play("A0 A1 A2 A3 A0 A2 A3 A1", id: "x")
        #expect(bench.pictures.map(\.verdict) == [.new, .repeated])
        bench.play("A0 A2 A1", id: "x")
        let handle = try #require(bench.accept("cam", "x", 3, of: 4, AssemblyBench.chunk("A", 3)).capture)
        let checksum = AssemblyBench.checksum(AssemblyBench.picture("A"))
        #expect(bench.assembler.verdict(on: handle, checksum: checksum, namedAreNew: true) == .new)
        bench.assembler.release(handle)
        #expect(bench.incomplete.isEmpty)
    }

    @Test("tells of open captures")
    func status() {
        let bench = AssemblyBench { _ in }
        bench.play("A0 A2", id: "x", camera: "one")
        bench.play("B0 B1", camera: "two")
        #expect(bench.assembler.openCaptures(imageID: "x").map(\.missing.description) == ["1, 3"])
        #expect(bench.assembler.openCaptures(of: CameraUID("two")).map(\.received) == [2])
        #expect(bench.assembler.openCaptures().count == 2 && bench.assembler.camerasKnown == 2)
    }

    @Test("knows no more cameras, messages and slots than it may, whoever comes")
    func bounds() {
        let bench = AssemblyBench {
            $0.pool = 64 * 4096
            $0.maxMessage = 4096
            $0.maxChunks = 64
            $0.cameras = 20
            $0.remembered = 100
        }
        var random = Seeded(3)
        for round in 0..<2000 {
            let index = random.pick(0...63)
            let id = random.chance(50) ? "id\(random.pick(0...9))" : nil
            bench.send("cam\(random.pick(0...50))", id, index, of: 64, bytes(3, UInt64(round)))
            #expect(bench.assembler.camerasKnown <= 20)
            if round % 50 == 0 { bench.checkInvariants() }
        }
        #expect(bench.assembler.cameras.remembered <= 100 + 20)
        bench.checkInvariants()
    }

    @Test("tells of pictures on their way whose they are, though there were more cameras since than may be known")
    func forgottenWhileInDelivery() {
        let bench = AssemblyBench { $0.cameras = 4 }
        bench.keepsDeliveries = true
        for number in 0..<8 { bench.play("A0 A1 A2 A3", camera: "busy\(number)") }
        let handles = bench.inDelivery
        #expect(handles.map { bench.assembler.complete($0)?.camera.text } == (0..<8).map { "busy\($0)" })
        for number in 0..<12 { bench.play("B0 B1", camera: "other\(number)") }
        #expect(handles.map { bench.assembler.complete($0)?.camera.text } == (0..<8).map { "busy\($0)" })
        bench.checkInvariants()
        bench.releaseAll()
        for number in 0..<12 { bench.play("C0 C1 C2 C3", camera: "other\(number)") }
        #expect(bench.inDelivery.map { bench.assembler.complete($0)?.camera.text } == (0..<12).map { "other\($0)" })
        bench.releaseAll()
        bench.checkInvariants()
        #expect(bench.assembler.camerasKnown == 4)
    }

    @Test("keeps apart what differs in bytes only: cameras whose names look the same")
    func camerasByBytes() {
        let bench = AssemblyBench { _ in }
        bench.play("A0 A1", camera: "caf\u{e9}")
        bench.play("B0 B1 B2 B3", camera: "cafe\u{301}")
        bench.play("A2 A3", camera: "caf\u{e9}")
        #expect(bench.stored == [AssemblyBench.picture("B"), AssemblyBench.picture("A")])
    }
}
