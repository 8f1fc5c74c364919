import Testing

@testable import IngestCore

@Suite("A size")
struct SizeTextTests {
    @Test(
        "is read with its unit, or as bytes",
        arguments: [
            ("1MiB", 1 << 20), ("512KiB", 512 << 10), ("4GiB", 4 << 30), ("32MB", 32_000_000), ("1TB", 1_000_000_000_000), ("7kB", 7000),
            ("7KB", 7000), ("10B", 10), ("1000", 1000), ("0", 0),
        ])
    func good(text: String, bytes: Int) throws {
        #expect(try SizeText.parse(GivenValue(text: text)) == bytes)
    }

    @Test(
        "is refused otherwise, with what was probably meant",
        arguments: [
            ("1mib", "write \"1MiB\""), ("1 MiB", "write \"1MiB\""), ("4gb", "write \"4GB\""), ("32M", "write \"32MiB\""),
            ("", nil), ("MiB", nil), ("-1", nil), ("1.5GiB", nil), ("9999999999TiB", nil), ("1Q", nil),
        ] as [(String, String?)])
    func bad(text: String, hint: String?) {
        let complaint = #expect(throws: Complaint.self) { try SizeText.parse(GivenValue(text: text)) }
        #expect(complaint?.hint == hint)
    }

    @Test("is printed so that it reads back", arguments: [0, 1, 1000, 1024, 1536, 1 << 20, 3 << 30, 5 << 40, 32_000_000])
    func printed(bytes: Int) throws {
        #expect(try SizeText.parse(GivenValue(text: SizeText.print(bytes))) == bytes)
    }
}
