import Foundation
import Testing

@testable import IngestCore

@Suite("A base64 decoder")
struct Base64DecoderTests {
    @Test("gives the bytes of plain text, whatever their number and whatever pieces they lie in")
    func plain() throws {
        var random = WireRandom(seed: 1)
        for count in Array(1...100) + [4095, 4096, 4097, 12_288, 20_000] {
            let picture = random.bytes(count)
            for pieceSize in [1, 5, 11, 12, 13, 4096, 100_000] {
                let (chunk, stored) = try decoded(Data(picture).base64EncodedString(), pieceSize: pieceSize)
                #expect(Array(stored.prefix(count)) == picture, "\(count) bytes in pieces of \(pieceSize)")
                #expect(chunk.shape.head == (count * 8 + 5) / 6)
                #expect(chunk.shape.headPadding == (3 - count % 3) % 3)
                #expect(chunk.shape.middle == 0 && chunk.shape.rest == 0 && chunk.shape.restPadding == 0)
            }
        }
    }

    @Test(
        "takes both alphabets, escapes and white space for the same text",
        arguments: [
            "+/+/QUJDREVGR0hJSktMTU5PUFE=", "-_-_QUJDREVGR0hJSktMTU5PUFE=", "+_-/QUJDREVGR0hJSktMTU5PUFE=",
            #"+\/+\/QUJDREVGR0hJSktMTU5PUFE\u003d"#, #"+/+/QUJD\nREVG\r\nR0hJ\tSktM TU5PUFE=\n"#,
            #"\u002b\u002F+/QUJDR\u0045VGR0hJSktMTU5PUFE \u003D "#,
        ]
    )
    func spellings(_ text: String) throws {
        let plain = try decoded("+/+/QUJDREVGR0hJSktMTU5PUFE=")
        let (chunk, stored) = try decoded(text)
        #expect(stored == plain.stored)
        #expect(chunk == plain.chunk)
    }

    @Test("stores head, middle and rest one straight after the other")
    func shapes() throws {
        let (aligned, bytes) = try decoded("QUI=QUJDQQ==QUJDQUI")
        #expect(aligned.shape == ChunkShape(head: 3, headPadding: 1, middle: 7, rest: 3))
        #expect(bytes == Array("AB\0ABCAABCAB\0".utf8))

        let open = try decoded("QUI=QQ=").chunk
        #expect(open.shape == ChunkShape(head: 3, headPadding: 1, middle: 0, rest: 2, restPadding: 1))

        let bare = try decoded("=QUJD", first: false).chunk
        #expect(bare.shape == ChunkShape(head: 0, headPadding: 1, middle: 3))
    }

    @Test("does not look at the bits behind the last whole byte")
    func trailingBits() throws {
        #expect(try decoded("QUI=QR==QUK=").chunk.shape == ChunkShape(head: 3, headPadding: 1, middle: 3))
        #expect(try decoded("QUI=QR==QUK=").stored == Array("AB\0AAB".utf8))
    }

    @Test("refuses a text without data as empty", arguments: ["", " ", #"\n"#, #" \r\n\t\u0020"#])
    func empty(_ text: String) {
        #expect(throws: Refusal.empty) { try decoded(text, first: false) }
    }

    @Test(
        "refuses what no text around it makes good",
        arguments: [
            "QUJD!", "QUJ.", "QUJDQUJDQUJDQUJDQUJDQUJ,", "QU\u{e9}D", #"QU\u00e9D"#, #"QU\fJD"#, #"QUJD\u0000"#, "QUJD\\\\", "====",
            "QQ===",
            "===", "QUJD==QUJD====", "=QUJDQ=", "=QUJD=", "=Q=UJD", "QUI=QQ=A", "QUI=Q=", "=QUJD=QUJD", #"\ud83d\ude00"#,
        ]
    )
    func alwaysWrong(_ text: String) {
        #expect(throws: Refusal.base64) { try decoded(text, first: false) }
    }

    @Test(
        "refuses at once what is wrong because nothing stands before chunk 0",
        arguments: ["=", "Q=", "Q==", "QU=Q", "QUJD=", "==QUJD", "QUJ=="])
    func wrongAtTheStart(_ text: String) throws {
        #expect(throws: Refusal.base64) { try decoded(text, first: true) }
        if text != "Q==" { _ = try decoded(text, first: false) }
    }

    @Test("refuses at once what is wrong because nothing follows the last chunk")
    func wrongAtTheEnd() throws {
        for text in ["QUJDQ", "QU=", "QUJDQUI=Q", "QUJDQUI=QQ="] {
            #expect(throws: Refusal.base64) { try decoded(text, first: true, last: true) }
            _ = try decoded(text, first: true, last: false)
        }
        for text in ["QUJDQ", "QU=", "QUI"] { _ = try decoded(text, first: false, last: true) }
        for text in ["QUI=Q", "QUI=QQ="] { #expect(throws: Refusal.base64) { try decoded(text, first: false, last: true) } }
        for text in ["QUJDQU", "QUJDQUI", "QUJDQUI=", "QUI=QU"] { _ = try decoded(text, first: true, last: true) }
    }

    @Test("tells texts apart by any single sextet and by their padding")
    func digests() throws {
        var random = WireRandom(seed: 2)
        let text = Array(Data(random.bytes(300)).base64EncodedString())
        var digests: Set<UInt64> = [try decoded(String(text)).chunk.digest]
        for index in text.indices {
            var other = text
            other[index] = other[index] == "A" ? "B" : "A"
            digests.insert(try decoded(String(other)).chunk.digest)
            digests.insert(try decoded(String(text[...index]), first: false).chunk.digest)
        }
        #expect(digests.count == 2 * text.count)  // the whole text is also the longest of its beginnings
        #expect(try decoded("QUI=QUI=").chunk.digest != decoded("QUI=").chunk.digest)
        #expect(try decoded("AAAA").chunk.digest != decoded("AAAAAAAA").chunk.digest)
    }

    @Test("writes nothing behind what it says it stored")
    func bounds() throws {
        var random = WireRandom(seed: 3)
        for _ in 0..<300 {
            let text = String(repeating: " ", count: random.below(3)) + Data(random.bytes(1 + random.below(200))).base64EncodedString()
            let payload = Array(text.utf8)
            var region = ScatteredBytes(count: Base64Decoder.roomNeeded(textLength: payload.count) + 9, pieceSize: 7)
            let chunk = try Base64Decoder.decode(0..<payload.count, of: payload.span, into: &region, first: true, last: true)
            #expect(region.bytes.dropFirst(chunk.shape.storedBytes).allSatisfy { $0 == ScatteredBytes.untouched })
        }
    }

    @Test("needs three bytes of room for each four characters begun, and never more")
    func room() throws {
        #expect([0, 1, 2, 3, 4, 5, 16_384].map { Base64Decoder.roomNeeded(textLength: $0) } == [0, 1, 2, 3, 3, 4, 12_288])
        // Every text of up to seven characters of sextets and padding.
        for length in 1...7 {
            for pattern in 0..<1 << length {
                let text = String((0..<length).map { pattern >> $0 & 1 == 1 ? "=" : "Q" })
                guard let (chunk, _) = try? decoded(text, first: false) else { continue }
                #expect(chunk.shape.storedBytes <= Base64Decoder.roomNeeded(textLength: length), "\(text)")
            }
        }
    }

    @Test("takes or refuses any bytes at all, and the same in pieces of any size", arguments: 0..<20 as Range<UInt64>)
    func anyBytes(seed: UInt64) {
        var random = WireRandom(seed: seed)
        let likely = Array("ABab01+/-_====  ".utf8)
        for round in 0..<500 {
            let wild = random.chance(0.3)
            let text = (0..<random.below(120)).map { _ in
                wild && random.chance(0.1) ? UInt8(random.below(128)) : likely.randomElement(using: &random)!
            }
            .filter { $0 != UInt8(ascii: "\\") }
            let first = random.chance(0.5)
            let outcomes = [1, 3, 16, 1000].map { size in
                var region = ScatteredBytes(count: Base64Decoder.roomNeeded(textLength: text.count), pieceSize: size)
                return Result { () throws(Refusal) in
                    let chunk = try Base64Decoder.decode(0..<text.count, of: text.span, into: &region, first: first, last: false)
                    return Decoded(chunk: chunk, stored: Array(region.bytes.prefix(chunk.shape.storedBytes)))
                }
            }
            #expect(outcomes.allSatisfy { $0 == outcomes[0] }, "seed \(seed), round \(round)")
        }
    }

    private struct Decoded: Equatable {
        let chunk: DecodedChunk
        let stored: [UInt8]
    }

    private func decoded(
        _ text: String, pieceSize: Int = 4096, first: Bool = true, last: Bool = false
    ) throws(Refusal) -> (chunk: DecodedChunk, stored: [UInt8]) {
        let payload = Array("\"\(text)\"".utf8)
        var region = ScatteredBytes(count: Base64Decoder.roomNeeded(textLength: payload.count - 2), pieceSize: pieceSize)
        let chunk = try Base64Decoder.decode(1..<payload.count - 1, of: payload.span, into: &region, first: first, last: last)
        return (chunk, Array(region.bytes.prefix(chunk.shape.storedBytes)))
    }
}
