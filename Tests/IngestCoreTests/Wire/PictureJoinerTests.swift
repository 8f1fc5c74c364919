import Foundation
import Testing

@testable import IngestCore

@Suite("A picture joiner")
struct PictureJoinerTests {
    @Test("leaves chunks alone that begin at the beginning of a group")
    func aligned() throws {
        var joiner = PictureJoiner()
        var untouchable = Untouchable(count: 12_288)
        #expect(try joiner.join(ChunkShape(head: 16_384), in: &untouchable) == 12_288)
        #expect(try joiner.join(ChunkShape(head: 4, headPadding: 0), in: &untouchable) == 3)
        #expect(try joiner.join(ChunkShape(head: 3, headPadding: 1), in: &untouchable) == 2)
        try joiner.finish()
    }

    @Test("joins a text cut at any character", arguments: 1...9)
    func cutAnywhere(size: Int) throws {
        var random = WireRandom(seed: UInt64(size))
        for count in 1...60 {
            let picture = random.bytes(count)
            let text = Data(picture).base64EncodedString()
            #expect(try joined(cut(text, into: size)) == picture)
            let unpadded = text.filter { $0 != "=" }
            #expect(try joined(cut(unpadded, into: size)) == picture)
        }
    }

    @Test("joins chunks that were each encoded and padded by themselves")
    func parts() throws {
        #expect(try joined(["QQ==", "QUI=", "QUJD", "QQ=="]) == Array("AABABCA".utf8))
        #expect(try joined(["QQ==QUI=", "QUJDQQ==", "QUI"]) == Array("AABABCAAB".utf8))
    }

    @Test("joins where a cut falls between the two padding characters, and before them")
    func cutInPadding() throws {
        #expect(try joined(["QQ=", "=QUJD"]) == Array("AABC".utf8))
        #expect(try joined(["QQ", "==QUJD"]) == Array("AABC".utf8))
        #expect(try joined(["Q", "Q", "=", "=", "QUI", "=QQ=", "="]) == Array("AABA".utf8))
    }

    @Test("shifts what follows a head that gives a byte less than it stored")
    func shrinking() throws {
        // "QUJDQQ==QUJDQUI=" cut behind its first character: the second head has 5 sextets and padding, then 5 bytes more.
        #expect(try joined(["Q", "UJDQQ==QUJDQUI=", "QUI"]) == Array("ABCAABCABAB".utf8))
        #expect(try joined(["QUI=QUJ", "DQQ==QUJDQ", "UI="], pieceSize: 2) == Array("ABABCAABCAB".utf8))
    }

    @Test(
        "refuses texts that are wrong only when joined",
        arguments: [
            ["Q", "="], ["QU", "=Q"], ["QUJ", "=="], ["QUJD", "="], ["QQ=", "Q"], ["QQ=", "=="], ["QUJDQ", "QQ=Q"], ["QUI=QU", "J=="],
            ["QQ==", "="], ["QQ=", "Q="],
        ]
    )
    func wrong(_ texts: [String]) throws {
        #expect(throws: Refusal.base64) { try joined(texts) }
    }

    @Test("refuses an end in mid-group, but not where only padding was left out")
    func ends() throws {
        for texts in [["QUJD", "Q"], ["QQ", "="], ["QUJDQ", "QUJD"]] { #expect(throws: Refusal.base64) { try joined(texts) } }
        #expect(try joined(["QUJD", "QQ"]) == Array("ABCA".utf8))
        #expect(try joined(["QUJD", "Q", "UI"]) == Array("ABCAB".utf8))
    }

    @Test("gives back every picture, whatever was cut, escaped, spaced and spelled, in whatever pieces", arguments: 0..<40 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var random = WireRandom(seed: seed)
        for round in 0..<20 {
            let picture = random.bytes(1 + random.below(random.chance(0.02) ? 9000 : 300))
            let characters = Array(try randomText(of: picture, &random).utf8)
            let texts = randomCuts(characters, &random).map { spelled($0, &random) }
            let pieceSize = 1 + random.below(50)
            #expect(try joined(texts, pieceSize: pieceSize, order: &random) == picture, "seed \(seed), round \(round)")
        }
    }

    @Test("agrees with a plain reading of the joined text on right and wrong ones", arguments: 0..<40 as Range<UInt64>)
    func modelOfWrongTexts(seed: UInt64) throws {
        var random = WireRandom(seed: 1000 + seed)
        for round in 0..<200 {
            let characters = (0..<1 + random.below(24)).map { _ in Array("QUJDzw+===".utf8).randomElement(using: &random)! }
            let texts = randomCuts(characters, &random).map { String(decoding: $0, as: UTF8.self) }
            #expect(
                (try? joined(texts, pieceSize: 3, order: &random)) == plainReading(characters), "seed \(seed), round \(round): \(texts)")
        }
    }

    @Test("knows of every chunk it takes, before it takes it, where the text stands behind it")
    func phases() throws {
        #expect(GroupPhase.start.mayEnd)
        #expect(GroupPhase.all.filter(\.mayEnd).map(\.sextets) == [0, 2, 3])
        let phase = try #require(GroupPhase.start.after(ChunkShape(head: 6, headPadding: 1)))
        #expect(phase.halfPadded && phase.sextets == 2)
        #expect(phase.after(ChunkShape(head: 0, headPadding: 1)) == .start)
        #expect(phase.after(ChunkShape(head: 1)) == nil)
    }
}

extension PictureJoinerTests {
    /// Chunks are decoded in a random order, as they may arrive, and joined in index order.
    private func joined(_ texts: [String], pieceSize: Int = 5, order random: inout WireRandom) throws -> [UInt8] {
        var chunks = [Int: (ChunkShape, ScatteredBytes)]()
        for index in texts.indices.shuffled(using: &random) {
            let payload = Array(texts[index].utf8)
            var region = ScatteredBytes(count: Base64Decoder.roomNeeded(textLength: payload.count), pieceSize: pieceSize)
            let chunk = try Base64Decoder.decode(
                0..<payload.count, of: payload.span, into: &region, first: index == 0, last: index == texts.count - 1
            )
            chunks[index] = (chunk.shape, region)
        }
        var joiner = PictureJoiner()
        var picture = [UInt8]()
        for index in texts.indices {
            var (shape, region) = chunks[index]!
            let count = try joiner.join(shape, in: &region)
            #expect(count <= shape.storedBytes)
            picture += region.bytes.prefix(count)
        }
        try joiner.finish()
        return picture
    }

    private func joined(_ texts: [String], pieceSize: Int = 5) throws -> [UInt8] {
        var random = WireRandom(seed: 0)
        return try joined(texts, pieceSize: pieceSize, order: &random)
    }

    private func cut(_ text: String, into size: Int) -> [String] {
        stride(from: 0, to: text.count, by: size).map { String(text.dropFirst($0).prefix(size)) }
    }

    /// The picture encoded as a whole or in parts of any size, padded or, where that is allowed, not.
    private func randomText(of picture: [UInt8], _ random: inout WireRandom) throws -> String {
        guard random.chance(0.7) else { return Data(picture).base64EncodedString() }
        let size = 1 + random.below(picture.count)
        var text = stride(from: 0, to: picture.count, by: size)
            .map { Data(picture[$0..<min($0 + size, picture.count)]).base64EncodedString() }.joined()
        if random.chance(0.3) { while text.hasSuffix("=") { text.removeLast() } }
        return text
    }

    private func randomCuts(_ characters: [UInt8], _ random: inout WireRandom) -> [[UInt8]] {
        let longest = 1 + random.below(random.chance(0.5) ? 8 : characters.count)
        var cuts = [[UInt8]]()
        var rest = characters[...]
        while !rest.isEmpty {
            let length = min(1 + random.below(longest), rest.count)
            cuts.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return cuts
    }

    private func spelled(_ characters: [UInt8], _ random: inout WireRandom) -> String {
        let escapes = [0, 0, 0.02, 0.5].randomElement(using: &random)!
        let spaces = [0, 0, 0.02, 0.3].randomElement(using: &random)!
        let urlSafe = random.chance(0.5)
        var text = ""
        for character in characters {
            while random.chance(spaces) { text += [" ", #"\n"#, #"\r\n"#, #"\t"#, #"\u000a"#, #"\u0020"#].randomElement(using: &random)! }
            var spelling = character
            if urlSafe && character == UInt8(ascii: "+") { spelling = UInt8(ascii: "-") }
            if urlSafe && character == UInt8(ascii: "/") { spelling = UInt8(ascii: "_") }
            if random.chance(escapes) {
                text +=
                    spelling == UInt8(ascii: "/") && random.chance(0.5)
                    ? #"\/"# : #"\u"# + String(format: random.chance(0.5) ? "%04x" : "%04X", spelling)
            } else {
                text.unicodeScalars.append(Unicode.Scalar(spelling))
            }
        }
        return text
    }

    /// The rule itself, one character after the other: the picture, or nil where the text is wrong.
    private func plainReading(_ characters: [UInt8]) -> [UInt8]? {
        var picture = [UInt8]()
        var group = [UInt8]()
        func flush() -> Bool {
            let sextets = group.filter { $0 != UInt8(ascii: "=") }
            guard sextets.count >= 2 else { return false }
            var bits = 0
            for sextet in sextets { bits = bits << 6 | Int(Base64Alphabet.sextet(sextet)) }
            bits <<= 6 * (4 - sextets.count)
            picture += (0..<sextets.count - 1).map { UInt8(bits >> (16 - 8 * $0) & 0xff) }
            group = []
            return true
        }
        for character in characters {
            if group.contains(UInt8(ascii: "=")), character != UInt8(ascii: "=") { return nil }
            group.append(character)
            if group.count == 4 { guard flush() else { return nil } }
        }
        if group.contains(UInt8(ascii: "=")) { return nil }
        return group.isEmpty || flush() ? picture : nil
    }

    /// A region that nobody may look into.
    private struct Untouchable: ByteRegion {
        let count: Int
        mutating func withPiece<R, E: Error>(at offset: Int, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
            fatalError("touched at \(offset)")
        }
    }
}
