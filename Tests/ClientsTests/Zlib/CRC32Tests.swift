import Testing

@testable import Clients

@Suite("A CRC-32")
struct CRC32Tests {
    @Test("has the check value of its catalogue entry, CRC-32/ISO-HDLC")
    func check() {
        #expect(sum(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(sum([]) == 0)
        #expect(sum([0, 0, 0, 0]) == 0x2144_df1c)
    }

    @Test("is the same taken whole and in pieces, empty ones too")
    func pieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = bytes.span
        for cut in [0, 1, 500, 999, 1000] {
            var crc = CRC32()
            crc.update(whole.extracting(..<cut))
            crc.update(whole.extracting(cut..<cut))
            crc.update(whole.extracting(cut...))
            #expect(crc.value == sum(bytes))
        }
    }

    private func sum(_ bytes: [UInt8]) -> UInt32 { CRC32(bytes.span).value }
}
