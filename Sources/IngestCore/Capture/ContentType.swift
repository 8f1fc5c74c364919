/// What a picture is, told from its first bytes.
package enum ContentType: String, CaseIterable, Sendable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case tiff = "image/tiff"
    case webp = "image/webp"
    case gif = "image/gif"
    case bmp = "image/bmp"
    case unknown = "application/octet-stream"

    /// How many first bytes `init(firstBytes:)` looks at.
    package static let bytesNeeded = 12

    /// Signatures as in the formats' own specifications: JPEG (ITU-T T.81 B.1.1.3), PNG (ISO 15948, 5.2), TIFF 6.0 section 2 and
    /// BigTIFF, RIFF/WebP container, GIF87a and GIF89a, BMP.
    package init(firstBytes: Span<UInt8>) {
        func starts(_ signature: [UInt8], at offset: Int = 0) -> Bool {
            guard firstBytes.count >= offset + signature.count else { return false }
            for index in signature.indices where firstBytes[offset + index] != signature[index] { return false }
            return true
        }
        self =
            if starts([0xff, 0xd8, 0xff]) { .jpeg } else if starts([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
                .png
            } else if starts([0x49, 0x49, 0x2a, 0x00]) || starts([0x4d, 0x4d, 0x00, 0x2a]) || starts([0x49, 0x49, 0x2b, 0x00])
                || starts([0x4d, 0x4d, 0x00, 0x2b])
            { .tiff } else if starts(Array("RIFF".utf8)) && starts(Array("WEBP".utf8), at: 8) {
                .webp
            } else if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) { .gif } else if starts(Array("BM".utf8)) { .bmp } else {
                .unknown
            }
    }

    package var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .png: "png"
        case .tiff: "tif"
        case .webp: "webp"
        case .gif: "gif"
        case .bmp: "bmp"
        case .unknown: "bin"
        }
    }
}
