/// A capture whose chunks meet in Redis: whose it is, and what the camera called it.
package struct SharedPlace: Hashable, Sendable {
    package let camera: CameraUID
    package let imageID: String

    package init(camera: CameraUID, imageID: String) {
        self.camera = camera
        self.imageID = imageID
    }

    /// The chunks' key and the other one.
    package var keys: [String] { [CoordinationKey.chunks(imageID, camera), CoordinationKey.meta(imageID, camera)] }
}

/// One chunk on its way to the others of its capture.
package struct SharedChunk: Equatable, Sendable {
    package let place: SharedPlace
    package let index: Int
    package let total: Int
    /// Base64 as `SharedText` writes it.
    package let text: [UInt8]
    /// The same for chunks that are equal, and only for them.
    package let print: String
    package let topic: [UInt8]
    /// `CaptureNotes` of this chunk alone.
    package let notes: String

    package init(
        place: SharedPlace, index: Int, total: Int, text: [UInt8], shape: ChunkShape, digest: UInt64, topic: [UInt8], notes: String = ""
    ) {
        self.place = place
        self.index = index
        self.total = total
        self.text = text
        self.topic = topic
        self.notes = notes
        print =
            "\(String(digest, radix: 16)).\(total).\(shape.head).\(shape.headPadding).\(shape.middle).\(shape.rest).\(shape.restPadding)"
    }
}

/// The base64 of a chunk as it stands in Redis: JSON's escapes undone, without white space, in the standard alphabet.
package enum SharedText {
    /// - Parameter text: the inside of a JSON string that a decoder has passed.
    package static func make(_ text: Range<Int>, of payload: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var position = text.lowerBound
        while position < text.upperBound {
            let byte = payload[position]
            if byte > UInt8(ascii: "-"), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "_") {
                bytes.append(byte)
                position += 1
                continue
            }
            switch JSONToken.nextASCII(in: payload, at: &position) {
            case 0...0x20: break
            case UInt8(ascii: "-"): bytes.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): bytes.append(UInt8(ascii: "/"))
            case let plain: bytes.append(plain)
            }
        }
        return bytes
    }
}
