/// Writes chunks as cameras publish them, into one buffer that every message uses again.
package struct ChunkWriter: Sendable {
    /// The two habits of camera firmware.
    package enum Encoding: String, CaseIterable, Sendable {
        /// The picture is cut, and each piece encoded and padded by itself.
        case parts
        /// The picture is encoded, and its text cut, at any character.
        case text
    }

    private let encoding: Encoding
    /// Of a piece: bytes of the picture for `parts`, characters of its text for `text`.
    private let chunkSize: Int
    /// The message made last.
    package private(set) var payload = [UInt8]()
    private var piece = [UInt8]()

    /// - Precondition: `chunkSize > 0`.
    package init(encoding: Encoding, chunkSize: Int) {
        self.encoding = encoding
        self.chunkSize = chunkSize
    }

    /// How many chunks a picture of `size` bytes makes.
    package func total(size: Int) -> Int {
        let length =
            switch encoding {
            case .parts: size
            case .text: Base64Encoder.length(of: size)
            }
        return max(1, (length + chunkSize - 1) / chunkSize)
    }

    /// Makes the payload of chunk `index`; it is `payload` until the next is made.
    package mutating func write(_ index: Int, of picture: SimulatedPicture, camera: String, imageID: String?) {
        payload.removeAll(keepingCapacity: true)
        payload.append(contentsOf: "{\"id\":".utf8)
        append(quoted: camera)
        payload.append(contentsOf: ",\"index\":\(index),\"total\":\(total(size: picture.size))".utf8)
        if let imageID {
            payload.append(contentsOf: ",\"image_id\":".utf8)
            append(quoted: imageID)
        }
        payload.append(contentsOf: ",\"data\":\"".utf8)
        switch encoding {
        case .parts:
            let start = index * chunkSize
            append(encoded: start..<min(start + chunkSize, picture.size), of: picture)
        case .text:
            appendText(index, of: picture)
        }
        payload.append(contentsOf: "\"}".utf8)
    }

    /// The characters of the picture's text that fall into chunk `index`: whole groups of four are encoded, and what belongs to the
    /// neighbours is cut off on both sides.
    private mutating func appendText(_ index: Int, of picture: SimulatedPicture) {
        let start = index * chunkSize
        let end = min(start + chunkSize, Base64Encoder.length(of: picture.size))
        let before = payload.count
        append(encoded: start / 4 * 3..<min((end + 3) / 4 * 3, picture.size), of: picture)
        payload.removeLast((end + 3) / 4 * 4 - end)
        payload.removeSubrange(before..<before + start % 4)
    }

    private mutating func append(encoded range: Range<Int>, of picture: SimulatedPicture) {
        picture.copy(range, into: &piece)
        Base64Encoder.append(piece, to: &payload)
    }

    /// A JSON string (RFC 8259, section 7).
    private mutating func append(quoted text: String) {
        payload.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): payload.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0..<0x20: payload.append(contentsOf: "\\u00\(Hex.lower([byte]))".utf8)
            default: payload.append(byte)
            }
        }
        payload.append(UInt8(ascii: "\""))
    }
}
