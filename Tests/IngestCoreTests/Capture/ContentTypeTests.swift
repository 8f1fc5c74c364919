import Testing

@testable import IngestCore

@Suite("A content type")
struct ContentTypeTests {
    @Test(
        "is told from the first bytes",
        arguments: [
            ([0xff, 0xd8, 0xff, 0xe0], .jpeg), ([0xff, 0xd8, 0xff], .jpeg), ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0], .png),
            (Array("II*\0".utf8), .tiff),
            (Array("MM\0*".utf8), .tiff), (Array("II+\0".utf8), .tiff), (Array("MM\0+".utf8), .tiff),
            (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), .webp), (Array("GIF87a".utf8), .gif),
            (Array("GIF89a".utf8), .gif), (Array("BM6\0".utf8), .bmp),
        ] as [([UInt8], ContentType)])
    func known(_ bytes: [UInt8], _ type: ContentType) {
        #expect(ContentType(firstBytes: bytes.span) == type)
        #expect(bytes.count >= ContentType.bytesNeeded || ContentType(firstBytes: (bytes + [UInt8](repeating: 7, count: 100)).span) == type)
    }

    @Test(
        "is unknown for anything else, and for a beginning of one",
        arguments: [
            [], [0xff], [0xff, 0xd8], [0xff, 0xd8, 0xfe], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a], Array("II*".utf8),
            Array("MM*\0".utf8), Array("RIFF\0\0\0\0WAVE".utf8),
            Array("RIFF\0\0\0\0WEB".utf8), Array("GIF88a".utf8), Array("B".utf8), Array("{\"a\":1}".utf8),
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func unknown(_ bytes: [UInt8]) {
        #expect(ContentType(firstBytes: bytes.span) == .unknown)
    }

    @Test("has a media type and an extension")
    func extensions() {
        #expect(ContentType.allCases.map(\.fileExtension) == ["jpg", "png", "tif", "webp", "gif", "bmp", "bin"])
        #expect(
            ContentType.allCases.map(\.rawValue)
                == ["image/jpeg", "image/png", "image/tiff", "image/webp", "image/gif", "image/bmp", "application/octet-stream"]
        )
    }
}
