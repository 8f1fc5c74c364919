import IngestCore
import Testing

@Suite("The language a reader is answered in")
struct PageLanguageTests {
    @Test(
        "is the one the browser weighs most",
        arguments: [
            ("th", PageLanguage.th), ("th-TH,th;q=0.9,en-US;q=0.8,en;q=0.7", .th), ("en-GB,en;q=0.9,th;q=0.8", .en),
            ("en;q=0.5, th;q=0.8", .th),
            ("TH-th", .th), ("de,fr;q=0.9,th;q=0.1", .th), ("en;q=0.123,th;q=0.124", .th), ("th;q=1.000,en;q=1", .th),
            (" en ; q=0.3 ,\tth ; Q=0.4", .th), ("th;q=0.", .en), ("th;q=1.,en;q=0.9", .th),
        ])
    func weighed(header: String, expected: PageLanguage) { #expect(PageLanguage(accepting: header) == expected) }

    @Test(
        "is the first of those that are weighed the same",
        arguments: [("th,en", PageLanguage.th), ("en,th", .en), ("th;q=0.5,en;q=0.5", .th)])
    func equal(header: String, expected: PageLanguage) { #expect(PageLanguage(accepting: header) == expected) }

    @Test(
        "is English where nothing is said, nothing fits, or anything will do",
        arguments: ["", "de,fr;q=0.5", "*", "*;q=0.1", "thai", "x-th", ",,;", "th;q=0", "en,*;q=0.5"])
    func english(header: String) { #expect(PageLanguage(accepting: header) == .en) }

    @Test(
        "is none that is refused, though all others are welcome",
        arguments: [("en;q=0,*", PageLanguage.th), ("*,en;q=0.1", .th), ("th;q=0,*", .en)])
    func refused(header: String, expected: PageLanguage) { #expect(PageLanguage(accepting: header) == expected) }

    @Test(
        "is not decided by what is no element of such a list",
        arguments: ["th;q=2", "th;q=0.1234", "th;q=-1", "th;q", "th;level=1", "th;q=1;q=1", "th th"])
    func malformed(element: String) {
        #expect(PageLanguage(accepting: element + ",en;q=0.01") == .en)
        #expect(PageLanguage(accepting: element) == .en)
    }

    @Test("is English without the header") func none() { #expect(PageLanguage(accepting: nil) == .en) }
}
