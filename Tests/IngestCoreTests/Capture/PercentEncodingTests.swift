import Testing

@testable import IngestCore

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("keeps letters, digits, dot, underscore and hyphen, and encodes every other byte in upper-case hex")
    func everyByte() {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8)
        let digits = Array("0123456789ABCDEF")
        for byte in UInt8.min...UInt8.max {
            let expected = plain.contains(byte) ? String(Unicode.Scalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            #expect(PercentEncoding.encode([byte]) == expected)
        }
    }

    @Test("keeps what it is told to")
    func keeping() {
        #expect(PercentEncoding.encode("a/b~c d".utf8, keeping: [UInt8(ascii: "/"), UInt8(ascii: "~")]) == "a/b~c%20d")
    }

    @Test("of nothing is nothing")
    func nothing() {
        #expect(PercentEncoding.encode([]) == "")
    }
}

@Suite("Hexadecimal text")
struct HexTests {
    @Test("is two lower-case digits a byte")
    func lower() {
        #expect(Hex.lower([0x00, 0x0f, 0xa0, 0xff, 0x9a]) == "000fa0ff9a")
        #expect(Hex.lower([]) == "")
    }

    @Test("is upper-case for one byte in percent-encoding")
    func upper() {
        #expect(Hex.upper(0xaf) == "AF")
        #expect(Hex.upper(0x05) == "05")
    }
}
