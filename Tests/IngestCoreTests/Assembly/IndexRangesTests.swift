import Testing

@testable import IngestCore

@Suite("Ranges of chunk numbers")
struct IndexRangesTests {
    @Test("are written the way people do, and end somewhere")
    func text() {
        var ranges = IndexRanges()
        #expect(ranges.description == "none")
        for index in [0, 1, 2, 5, 7, 8] { ranges.append(index) }
        #expect(ranges.description == "0-2, 5, 7-8")
        #expect(ranges.count == 6)
        for index in stride(from: 10, to: 4096, by: 2) { ranges.append(index) }
        #expect(ranges.description.hasSuffix(", ... (2049 in all)"))
    }
}
