import IngestCore
import Testing

@Suite("The keys given lately")
struct RecentKeysTests {
    @Test("are known again, as far back as they are kept")
    func repeats() {
        var keys = RecentKeys(capacity: 3)
        var known = ""
        // `d` drives out `a`, which drives out `b`, which drives out `c`.
        for key in ["a", "b", "a", "c", "a", "d", "a", "b", "d", "a", "b", "c"] {
            if keys.note(key) { known += key } else { known += "-" }
        }
        #expect(known == "--a-a---dab-")
    }
}
