import IngestCore
import TestFiles
import Testing

@Suite("The walk to a picture's end")
struct IntactWalkTests {
    /// A whole picture in pieces of every kind.
    private func verdict(_ bytes: [UInt8], pieces: Int = .max, as type: ContentType? = nil) -> Bool? {
        let start = Array(bytes.prefix(ContentType.bytesNeeded))
        var walk = IntactWalk(type ?? ContentType(firstBytes: start.span))
        var at = 0
        while at < bytes.count {
            let end = at + min(pieces, bytes.count - at)
            walk.update(bytes.span.extracting(at..<end))
            at = end
        }
        return walk.isIntact
    }

    // MARK: Pictures made by hand

    static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0xff, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 0xff)] + body
    }

    static let quantisation = segment(0xdb, [0] + Array(repeating: 1, count: 64))
    static let frame = segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0])
    static let scanHeader = segment(0xda, [1, 1, 0, 0, 63, 0])
    /// With a stuffed byte.
    static let data: [UInt8] = [0x12, 0xff, 0x00, 0x34, 0x56]
    static let jpeg: [UInt8] = [0xff, 0xd8] + quantisation + frame + scanHeader + data + [0xff, 0xd9]

    static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        [0, 0, UInt8(body.count >> 8), UInt8(body.count & 0xff)] + Array(name.utf8) + body + [1, 2, 3, 4]
    }

    /// Grey, 16 bits.
    static let png: [UInt8] =
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 2, 16, 0, 0, 0, 0])
        + chunk("tEXt", Array("IEND in a text is none".utf8)) + chunk("IDAT", Array(repeating: 0x49, count: 300)) + chunk("IEND", [])
    /// Two frames, the second with colors of its own, behind an extension.
    static let gif: [UInt8] =
        Array("GIF89a".utf8) + [2, 0, 2, 0, 0x80, 0, 0] + [0, 0, 0, 255, 255, 255] + [0x21, 0xf9, 4, 0, 1, 0, 0, 0]
        + [0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0] + [2, 2, 0x3b, 0x3b, 0] + [0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0x81]
        + Array(repeating: 0x3b, count: 12) + [2, 3, 0x3b, 0x3b, 0x3b, 0] + [0x3b]

    @Test("finds it in each format, and before it nothing, at whichever byte the picture is cut", arguments: [jpeg, png, gif])
    func everyCut(_ picture: [UInt8]) {
        let start = Array(picture.prefix(12))
        let type = ContentType(firstBytes: start.span)
        #expect(verdict(picture) == true)
        for cut in 0..<picture.count { #expect(verdict(Array(picture[..<cut]), as: type) == false, "cut at \(cut) of \(picture.count)") }
        #expect(verdict(picture + Array("trailing bytes".utf8)) == true)
        #expect(verdict(picture + picture[..<20]) == true, "another begins behind it")
        for pieces in [1, 2, 3, 7, 64, 65] { #expect(verdict(picture, pieces: pieces) == true, "pieces of \(pieces)") }
    }

    @Test(
        "of a JPEG is the one in its data",
        arguments: [
            ("with restarts", Array(jpeg.dropLast(2)) + [0xff, 0xd0, 0x99, 0xff, 0xd7, 0x12, 0xff, 0xd9], true),
            (
                "progressive: tables and further scans behind the first one's data",
                Array(jpeg.dropLast(2)) + segment(0xc4, [0, 1, 2]) + scanHeader + data + scanHeader + data + [0xff, 0xd9], true
            ),
            ("cut between two scans", Array(jpeg.dropLast(2)) + segment(0xc4, [0, 1, 2]) + scanHeader, false),
            (
                "with a thumbnail, whole, in its Exif, and then cut",
                [0xff, 0xd8] + segment(0xe1, Array("Exif\0\0".utf8) + jpeg) + quantisation + frame + scanHeader + data, false
            ),
            (
                "with a thumbnail, cut, in its Exif",
                [0xff, 0xd8] + segment(0xe1, Array("Exif\0\0".utf8) + jpeg.dropLast(2)) + jpeg.dropFirst(2), true
            ),
            (
                "radiometric: FLIR's segments hold anything",
                [0xff, 0xd8] + segment(0xe1, Array("FLIR\0".utf8) + [1, 0, 1] + Array(repeating: 0xff, count: 60_000) + [0xff, 0xd9])
                    + segment(0xe1, Array("FLIR\0".utf8) + [1, 1, 1, 0xff, 0xd9]) + jpeg.dropFirst(2), true
            ),
            ("with fill bytes before markers", Array(jpeg.dropLast(2)) + [0xff, 0xff, 0xff, 0xd9], true),
            ("with lines defined behind the scan", Array(jpeg.dropLast(2)) + segment(0xdc, [0, 8]) + [0xff, 0xd9], true),
            ("markers only", [0xff, 0xd8, 0xff, 0xd9], false),
            ("markers only, all of them", [0xff, 0xd8] + quantisation + frame + scanHeader + [0xff, 0xd9], false),
            ("a hundred thousand markers", [0xff, 0xd8] + Array(repeating: 0xff, count: 100_000) + [0xd9], false),
            ("a segment shorter than its own length", [0xff, 0xd8, 0xff, 0xe0, 0, 1] + jpeg.dropFirst(2), false),
        ] as [(String, [UInt8], Bool)])
    func jpegs(_ name: String, _ bytes: [UInt8], _ isIntact: Bool) {
        for pieces in [Int.max, 1, 3] { #expect(verdict(bytes, pieces: pieces) == isIntact, "\(name)") }
    }

    @Test("finds the end of every simulated picture")
    func simulated() {
        for size in [2000, 20_000, 90_000] {
            var gallery = PictureGallery(size: size, seed: 7)
            #expect(verdict(gallery.picture(camera: 0, moment: 1).bytes) == true, "\(size) bytes")
        }
    }

    @Test("says nothing of other formats")
    func others() {
        for type in [ContentType.tiff, .webp, .bmp, .unknown] { #expect(verdict([1, 2, 3], as: type) == nil) }
    }

    @Test("ends on anything, with the same verdict in whatever pieces")
    func anything() {
        var random = SplitMix(seed: 13)
        for seed in 0..<3000 {
            var bytes = [Self.jpeg, Self.png, Self.gif][seed % 3]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 8..<bytes.count, using: &random)] = [0, 0xff, 0xd9, 0xda, .random(in: 0...255, using: &random)]
                    .randomElement(
                        using: &random)!
            }
            let whole = verdict(bytes)
            #expect(verdict(bytes, pieces: Int.random(in: 1...9, using: &random)) == whole, "seed \(seed)")
        }
    }
}
