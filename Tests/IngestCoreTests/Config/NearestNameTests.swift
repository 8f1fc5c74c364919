import Testing

@testable import IngestCore

@Suite("The nearest name")
struct NearestNameTests {
    private let names = ["topic", "timeout", "endpoint", "cert_file", "ca_file", "qos"]

    @Test(
        "is found over a slip of the pen",
        arguments: [
            ("topik", "topic"), ("tpoic", "topic"), ("Timeout", "timeout"), ("endpont", "endpoint"), ("cert", "cert_file"), ("qs", "qos"),
        ])
    func found(typed: String, meant: String) {
        #expect(NearestName.of(typed, among: names) == meant)
    }

    @Test("is nothing where no name is near", arguments: ["", "x", "bandwidth", "co"])
    func none(typed: String) {
        #expect(NearestName.of(typed, among: names) == nil)
    }

    @Test("counts letters left out, added, changed and swapped as one slip each")
    func distance() {
        func distance(_ a: String, _ b: String) -> Int { NearestName.distance(Array(a.utf8), Array(b.utf8)) }
        #expect(distance("abc", "abc") == 0)
        #expect(distance("abc", "ab") == 1 && distance("abc", "abcd") == 1 && distance("abc", "axc") == 1 && distance("abc", "acb") == 1)
        #expect(distance("", "abc") == 3 && distance("kitten", "sitting") == 3)
    }
}
