import IngestCore
import Testing

@Suite("A library's version")
struct LibraryVersionTests {
    @Test(
        "is a concern only outside of what was tried",
        arguments: [
            ("libmosquitto", "2.0.11", nil), ("libmosquitto", "2.0.21", nil), ("libmosquitto", "2.1.2", nil),
            ("libmosquitto", "2.0.9", "older"), ("libmosquitto", "1.6.15", "older"), ("libmosquitto", "2.2.0", "newer"),
            ("libmosquitto", "2.10.0", "newer"), ("libmosquitto", "3.0.0", "newer"), ("hiredis", "0.14.1", nil), ("hiredis", "1.2.0", nil),
            ("hiredis", "0.13.3", "older"), ("hiredis", "1.3.0", "newer"), ("libpq", "15.13", nil), ("libpq", "18.1", nil),
            ("libpq", "14.20", "older"), ("libpq", "19.0", "newer"), ("libcurl", "7.88.1", nil), ("libcurl", "8.23.0", nil),
            ("libcurl", "7.74.0", "older"), ("libcurl", "9.0.0", "newer"), ("libmicrohttpd", "0.9.75", nil),
            ("libmicrohttpd", "1.0.1", nil),
            ("libmicrohttpd", "0.9.72", "older"), ("libmicrohttpd", "1.1.0", "newer"), ("zlib", "1.2.13", nil), ("zlib", "1.3.1", nil),
            ("zlib", "1.2.11", "older"), ("OpenSSL", "3.0.16", nil), ("OpenSSL", "3.5.1", nil), ("OpenSSL", "1.1.1w", "older"),
            ("OpenSSL", "4.0.0-dev", "newer"), ("libmosquitto", "", "older"), ("libmosquitto", "99999999999999999999", "newer"),
            ("another", "0", nil),
        ] as [(String, String, String?)])
    func concern(name: String, version: String, word: String?) {
        let concern = LibraryVersion(name, version).concern
        #expect(concern.map { $0.contains("is \(word ?? "good") than") } ?? (word == nil), "\(concern ?? "none")")
        #expect(concern?.hasPrefix("\(name) \(version) is ") ?? true)
    }

    @Test("stands in a line with the others'")
    func line() {
        let all = [LibraryVersion("libmosquitto", "2.0.9"), LibraryVersion("zlib", "1.3.1")]
        #expect(all.line == "libmosquitto 2.0.9, zlib 1.3.1")
        #expect(
            all.concerns == ["libmosquitto 2.0.9 is older than those thermo-ingest was tried with, 2.0.11 to 2.1: upgrade it"])
    }
}
