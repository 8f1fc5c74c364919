import Testing

@testable import IngestCore

/// The eight hard cases of captures, each by its number.
@Suite("Hard cases of assembly")
struct HardCasesTests {
    private let bench = AssemblyBench { _ in }
    private func picture(_ letter: Character) -> [UInt8] { AssemblyBench.picture(letter) }

    @Test("1: the camera drops the tail of one capture and starts the next")
    func droppedTail() {
        bench.play("A0 A1 A2 B0 B1 B2 B3")
        #expect(bench.stored == [picture("B")])
        #expect(bench.incomplete == [.superseded])
        #expect(bench.abandoned[0].missing.description == "3")
        #expect(bench.abandoned[0].received == 3)
        bench.checkInvariants()
    }

    @Test("2: in a static scene the next capture's first chunks are identical, and become its own")
    func staticScene() {
        bench.play("A0 A1 A2 A0 A1 B2 B3")
        #expect(bench.stored == [Array("A0A1B2B3".utf8)])
        #expect(bench.incomplete == [.superseded])
    }

    @Test("2: a chunk that fills the hole in the old capture completes no mixture")
    func hole() {
        bench.play("A0 A1 A3 A0 B2")
        #expect(bench.stored.isEmpty)
        bench.play("A0 A1 A2 A0 A1 B3")
        #expect(bench.stored.isEmpty)
        bench.play("C2 C3")
        #expect(bench.stored.isEmpty)
        bench.play("D0 D1 D2 D3")
        #expect(bench.stored == [picture("D")])
    }

    @Test("3: the same capture again while it is open is stored once")
    func againWhileOpen() {
        bench.play("A0 A1 A0 A1 A2 A3")
        #expect(bench.stored == [picture("A")])
        #expect(bench.duplicates == 2)
        #expect(bench.incomplete.isEmpty)
    }

    @Test("3: the same capture again within the repeat window is a repeat, later it is a new one")
    func againWhenComplete() {
        bench.play("A0 A1 A2 A3")
        bench.wait(9)
        bench.play("A0 A1 A2 A3")
        #expect(bench.stored.count == 1)
        #expect(bench.repeated == 1)
        bench.wait(2)
        bench.play("A0 A1 A2 A3")
        #expect(bench.stored.count == 2, "11 s after the first, though 2 s after its repeat")
    }

    @Test("3: a window of 0 s stores identical pictures in a row")
    func noWindow() {
        let bench = AssemblyBench { $0.repeatWindow = .zero }
        bench.play("A0 A1 A2 A3 A0 A1 A2 A3")
        #expect(bench.stored.count == 2)
    }

    @Test("3: the window starts anew with each connection")
    func windowAndConnection() {
        bench.play("A0 A1 A2 A3")
        bench.assembler.paused(now: bench.now)
        bench.wait(3600)
        bench.assembler.connectionBegan(now: bench.now)
        bench.wait(9)
        bench.play("A0 A1 A2 A3")
        #expect(bench.stored.count == 1)
        bench.wait(11)
        bench.play("A0 A1 A2 A3")
        #expect(bench.stored.count == 2)
    }

    @Test("3: a picture again that stops half-way is no incomplete picture")
    func againHalfWay() {
        bench.play("A0 A1 A2 A3 A0 A1 B0 B1 B2 B3")
        #expect(bench.stored == [picture("A"), picture("B")])
        #expect(bench.incomplete.isEmpty)
    }

    @Test("4: late repeats after the picture was stored seed no ghost that the next capture completes")
    func lateRepeats() {
        bench.play("A0 A1 A2 A3 A3 A2 A3")
        #expect(bench.assembler.capturesInProgress == 0)
        #expect(bench.duplicates == 3)
        bench.play("B0 B1 B2")
        #expect(bench.stored == [picture("A")])
        bench.play("C0 C1 C2 C3")
        #expect(bench.stored == [picture("A"), picture("C")])
    }

    @Test("4: late repeats under an image id that is used again do not get into the next capture")
    func lateRepeatsNamed() {
        bench.play("A0 A1 A2 A3 A2", id: "x")
        bench.play("B0 B1 B3", id: "x")
        #expect(bench.stored == [picture("A")])
        bench.play("B2", id: "x")
        #expect(bench.stored == [picture("A"), picture("B")])
        #expect(bench.incomplete.isEmpty)
    }

    @Test("4: the broker's repeats after a connection, oldest first, change nothing")
    func replay() {
        bench.play("A0 A1 A2 A3 B0 B1")
        bench.assembler.connectionBegan(now: bench.now)
        bench.play("A1 A2 A3 B0 B1 B2 B3")
        #expect(bench.stored == [picture("A"), picture("B")])
        #expect(bench.incomplete.isEmpty)
    }

    @Test("5: another total in a row begins another capture")
    func otherTotal() {
        bench.play("A0 A1 A2")
        bench.play("B0 B1 B2", total: 3)
        #expect(bench.stored == [AssemblyBench.picture("B", 3)])
        #expect(bench.incomplete == [.superseded])
    }

    @Test("5: an idle session and an idle named capture are given up, each after its own time")
    func idle() throws {
        bench.play("A0 A2")
        bench.play("B1", id: "x", camera: "other")
        #expect(bench.assembler.nextDeadline == bench.now + .seconds(60))
        bench.wait(59)
        #expect(bench.incomplete.isEmpty)
        bench.wait(1)
        #expect(bench.incomplete == [.timeout])
        #expect(bench.abandoned[0].missing.description == "1, 3")
        #expect(bench.abandoned[0].age == .seconds(60))
        #expect(bench.assembler.nextDeadline == bench.now + .seconds(240))
        bench.wait(240)
        #expect(bench.incomplete == [.timeout, .timeout])
        #expect(bench.assembler.nextDeadline == nil)
    }

    @Test("5: the clocks stand while the gateway is not connected")
    func disconnected() {
        bench.play("A0 A1")
        bench.wait(50)
        bench.assembler.paused(now: bench.now)
        #expect(bench.assembler.nextDeadline == nil)
        bench.wait(10_000)
        bench.assembler.connectionBegan(now: bench.now)
        #expect(bench.assembler.nextDeadline == bench.now + .seconds(10))
        bench.play("A2 A3")
        #expect(bench.stored == [picture("A")])
    }

    @Test("6: the gateway is killed between any two chunks")
    func killed() {
        let chunks = "A0 A1 A2 A0 A1 B2 B3 B3 C0 C1 C1 C2 C3".split(separator: " ")
        for place in 0...chunks.count {
            let world = SessionWorld(Assembler.Limits(), seed: 1)
            for (index, chunk) in chunks.enumerated() {
                if index == place { world.crash() }
                let number = Int(chunk.dropFirst())!
                world.send("cam", number, of: 4, AssemblyBench.chunk(chunk.first!, number))
            }
            #expect(world.bench.stored == [Array("A0A1B2B3".utf8), picture("C")], "killed before chunk \(place)")
            world.bench.checkInvariants()
        }
    }

    @Test("6: the rest of a picture comes after a restart, and equals that of the one before, as in a static scene")
    func killedInStaticScene() {
        let chunks = "A0 A1 A2 A3 B0 B1 A2 A3 B0 B1 A2 C3 D0 D1 D2 D3".split(separator: " ")
        for place in 0...chunks.count {
            let world = SessionWorld(Assembler.Limits(), seed: 1)
            for (index, chunk) in chunks.enumerated() {
                if index == place { world.crash() }
                let number = Int(chunk.dropFirst())!
                world.send("cam", number, of: 4, AssemblyBench.chunk(chunk.first!, number), packet: UInt16(index + 1))
            }
            // B ends as A does, and what follows goes back through the past: it reads as a step back.
            let expected = ["A0A1A2A3", "B0B1A2C3", "D0D1D2D3"].map { Array($0.utf8) }
            #expect(world.bench.stored == expected, "killed before chunk \(place)")
            world.bench.checkInvariants()
        }
    }

    @Test("6: what the broker repeats after a restart, under its own packet identifiers, continues nothing")
    func repeatedInStaticScene() {
        let world = SessionWorld(Assembler.Limits(), seed: 1)
        func send(_ chunks: String, from packet: Int) {
            for (index, chunk) in chunks.split(separator: " ").enumerated() {
                let number = Int(chunk.dropFirst())!
                world.send("cam", number, of: 4, AssemblyBench.chunk(chunk.first!, number), packet: UInt16(packet + index))
            }
        }
        send("A0 A1 A2 A3 B0 B1", from: 1)
        world.crash()
        send("A2 A3 B0 B1", from: 3)
        send("B2 B3", from: 7)
        #expect(world.bench.stored == [picture("A"), picture("B")])
    }

    @Test("7: two cameras with the same image id are two captures")
    func sameID() {
        bench.play("A0 A1", id: "x", camera: "one")
        bench.play("B2 B3", id: "x", camera: "two")
        #expect(bench.assembler.openCaptures(imageID: "x").count == 2)
        bench.play("A3 A2", id: "x", camera: "one")
        bench.play("B0 B1", id: "x", camera: "two")
        #expect(bench.stored == [picture("A"), picture("B")])
    }

    @Test("8: a fifth open capture of a camera gives up the least recently touched")
    func fifth() {
        for id in ["a", "b", "c", "d"] { bench.play("A0", id: id) }
        bench.play("A1", id: "a")
        bench.play("A0", id: "e")
        #expect(bench.incomplete == [.evicted])
        #expect(bench.abandoned[0].imageID == "b")
        #expect(bench.assembler.capturesInProgress == 4)
    }
}
