import Testing

@testable import IngestCore

/// The oracle is held to what the rules say of single streams, and the generator to making streams that prove something.
@Suite("The reading of the rules")
struct StreamReadingTests {
    private func musts(_ text: String, _ total: Int, _ naming: CameraStream.Naming = .none, qos: Int = 1) -> String {
        let stream = CameraStream(text, total: total, naming: naming, qos: qos)
        let reading = StreamReading(stream, Assembler.Limits())
        if !reading.undecidable.isEmpty { return "undecidable" }
        return stream.captures.indices.filter(reading.mustBeStored).map(CameraStream.letters).joined(separator: " ")
    }

    @Test(
        "tells what must be stored",
        arguments: [
            ("A0 A1 A2 B0 | A1 A2 B0 B1 B2", 3, "A B"), ("A0 A1 [A2] B0 B1 B2", 3, "B"), ("A0 A1 A2 B0 | A1 | A1 A2 B0 B1 B2", 3, "A B"),
            // A retelling that stops, leaps, or falls silent.
            ("A0 A1 A2 B0 | A1 B1 B2", 3, "undecidable"), ("A0 A1 A2 B0 | A0 A2 B0 B1 B2", 3, "undecidable"),
            ("A0 A1 A2 B0 | A1 A2 15s B0 B1 B2", 3, "undecidable"), ("A0 A1 A2 B0 15s | A1 A2 B0 B1 B2", 3, "A B"),
            // Equal from some index on, and what follows reads as a rewind or does not.
            ("A0 A1 B0 B1=A1 C0=B0 C1", 2, "A C"), ("A0 A1 B0 B1=A1 C0 C1", 2, "A B C"),
            // Its first chunk is lost after a part, and after a whole one.
            ("A0 [A1] [B0] B1", 2, "undecidable"), ("A0 A1 [B0] B1 C0 C1", 2, "A C"), ("A0 A1 A2 70s B0 70s B1 B2", 3, "A"),
        ])
    func inOrder(text: String, total: Int, musts: String) {
        #expect(self.musts(text, total) == musts)
        #expect(self.musts(text, total, qos: 0) == musts)
    }

    @Test(
        "tells what must be stored of messages that overtake others, at QoS 1",
        arguments: [
            ("A0 A2 A1 B0 B1 B2", 3, "A B"), ("A0 A1 B0 A2 B1 B2", 3, "A B"), ("A0 B0 A1 A2 B1 B2", 3, "undecidable"),
            ("A0 B0 A1 B1", 2, "undecidable"),
            ("A0 A1 A2 B0 B2 | A0 B1", 3, "undecidable"), ("A0 A1 B0 B1 A2 B2", 3, "undecidable"), ("A1 A0 B1 B0", 2, "undecidable"),
            ("A0 A1 A2 A3 B0 B1 A4 B2 B3 B4", 5, "A B"), ("A0 A1 A2 A3 B0 B1 B2 A4 B3 B4", 5, "B"),
            ("A0 C2 A1 A2 B0 B1 B2 C0 C1", 3, "A B"), ("A0 A1 C2 A2 B0 B1 B2 C0 C1", 3, "undecidable"),
            ("A0 A2 A1 B0 [B1] B2", 3, "undecidable"),
        ])
    func outOfOrder(text: String, total: Int, musts: String) {
        #expect(self.musts(text, total) == musts)
        #expect(self.musts(text, total, qos: 0) == "undecidable")
    }

    @Test("tells what must be stored under a name that is used again")
    func named() {
        #expect(musts("A0 A1 [A2] B0=A0 B1 B2", 3, .reused) == "B")
        #expect(musts("[A0] A1 [A2] B0=A0 B1 B2", 3, .reused) == "undecidable")
        #expect(musts("A0 [A1] B1 [B0]", 2, .reused) == "undecidable")
        #expect(musts("[A0] A1 B0 B1", 2, .reused) == "undecidable")
        #expect(musts("A0 A1 [A2] B0=A0 B1 B2=A2", 3, .reused) == "B")
        #expect(musts("A2 A0 A1 B1 B0 B2", 3, .own) == "A B")
    }

    @Test("finds what was not stored, twice, in part or mixed")
    func verdicts() {
        let stream = CameraStream("A0 A1 B0 [B1] C0 C1", total: 2)
        let reading = StreamReading(stream, Assembler.Limits())
        func verdict(_ stored: [String]) -> String {
            StreamVerdict(reading, stored: stored.map { CameraStream.Stored(bytes: Array($0.utf8), messages: $0 == "A0A1" ? 2 : 5) })
                .description
        }
        #expect(verdict(["A0A1", "C0C1"]) == "")
        #expect(verdict(["A0A1", "A0A1"]) == "lost C; stored again A")
        #expect(verdict(["A0A1", "C0C1", "B0B1", "B0A1"]) == "mixed B0 A1; stored in part B")
        let late = StreamVerdict(reading, stored: ["A0A1", "C0C1"].map { CameraStream.Stored(bytes: Array($0.utf8), messages: 5) })
        #expect(late.description == "late A")
    }

    @Test("streams are read as they are written")
    func text() {
        let text = "A0 A1 B0=A0 ! ~A1 B1 + 15s ~B1"
        #expect(CameraStream(text, total: 2).description == "\(text) (chunks: A on 2; none, QoS 1)")
        #expect([0, 25, 26, 27, 701].map(CameraStream.letters) == ["A", "Z", "AA", "AB", "ZZ"])
    }

    @Test("a failing stream is made shorter until nothing can be left out")
    func shortest() {
        let stream = CameraStream("A0 A1 A2 B0 B1 B2 C0 | B1 B2 C0 C1 C2 + D0 D1 D2", total: 3)
        let shrinker = StreamShrinker { smaller in
            // As if every message that comes again were a fault.
            let names = smaller.arrivals.map { "\($0.capture).\($0.index)" }
            return Set(names).count < names.count
        }
        #expect(shrinker.shrink(stream).events.count == 2)
    }

    @Test("generated streams leave much to be stored, and are mostly decidable", arguments: StreamModelTests.kinds)
    func generator(kind: StreamModelTests.Kind) {
        var (due, decidable) = (0, 0)
        var reasons: [String: Int] = [:]
        for seed in UInt64(1)...100 {
            var generator = StreamGenerator(kind.habits, seed: seed)
            let reading = StreamReading(generator.make(), Assembler.Limits())
            due += reading.stream.captures.indices.count(where: reading.mustBeStored)
            decidable += reading.undecidable.isEmpty ? 1 : 0
            for reason in reading.undecidable { reasons[reason.filter { !$0.isNumber }, default: 0] += 1 }
        }
        #expect(due > 200 && decidable > 30, "\(due) due, \(decidable) decidable: \(reasons)")
    }
}
