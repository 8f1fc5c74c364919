/// The name of a spooled picture: what its two files have in common.
///
/// ```
/// 2026-11-22/08/20261122T083105.123Z~cam7~8d45620c-1a43-48db-b174-10da57c60c66.jpg
/// folder        recorded_at         ~uid ~image id                            extension
/// ```
/// - Folder and moment are UTC, so names sort by time. The uid is encoded as in object keys, so `~` separates, and only separates.
/// - No file name passes 200 bytes: there `-` and the first 16 hex digits of the uid's SHA-256 stand in place of the rest of the uid.
///   Both files of an entry get the same name, so the room is reckoned with the longer of all extensions.
/// - Two pictures that would share a name differ by `-` and the first 8 hex digits of their checksum after the image id.
///
/// A name is only a name: what is known of the picture stands in its record.
package struct SpoolEntryName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let longestFileName = 200
    /// `.json`, `.webp`
    private static let longestExtension = 5
    private static let stampLength = 20

    /// Without folder and extension.
    package let base: String

    /// - Parameter sha256: of the uid's bytes, in lower-case hex. Asked only for a name that would be too long.
    package init<E: Error>(
        camera: CameraUID, imageID: String, recordedAt: Timestamp, distinguishedBy checksum: String? = nil,
        sha256: (CameraUID) throws(E) -> String
    ) throws(E) {
        let image = checksum.map { "\(imageID)-\($0.prefix(8))" } ?? imageID
        let stamp = recordedAt.compact
        var uid = camera.encoded
        let room = Self.longestFileName - Self.longestExtension - stamp.utf8.count - image.utf8.count - 2
        if uid.utf8.count > room {
            uid = Self.cut(uid, to: max(0, room - 17)) + "-" + (try sha256(camera)).prefix(16)
        }
        base = "\(stamp)~\(uid)~\(image)"
    }

    package init<E: Error>(
        _ picture: Picture, distinguished: Bool = false, sha256: (CameraUID) throws(E) -> String
    ) throws(E) {
        try self.init(
            camera: picture.camera, imageID: picture.imageID, recordedAt: picture.recordedAt,
            distinguishedBy: distinguished ? picture.sha256 : nil, sha256: sha256
        )
    }

    /// Reads a name back. Nil unless it has a moment, a uid and an image id, all of characters that such a name has.
    package init?(base: Substring) {
        // Byte by byte, for a scan comes by here with every file there is.
        var (length, parts, lengthOfPart) = (0, 0, 0)
        for byte in base.utf8 {
            length += 1
            if byte == UInt8(ascii: "~") {
                guard lengthOfPart > 0 else { return nil }
                parts += 1
                lengthOfPart = 0
            } else {
                guard Self.isPlain(byte) || byte == UInt8(ascii: "%") && parts == 1 else { return nil }
                lengthOfPart += 1
            }
        }
        guard parts == 2, lengthOfPart > 0, length > Self.stampLength, length <= Self.longestFileName else { return nil }
        let bytes = base.utf8
        let end = bytes.index(bytes.startIndex, offsetBy: Self.stampLength)
        guard bytes[end] == UInt8(ascii: "~"), Timestamp(compact: base[..<end]) != nil else { return nil }
        self.base = String(base)
    }

    package init?(base: String) { self.init(base: base[...]) }

    /// Reads a file's name, without its folder: the entry it belongs to, and its extension.
    package static func parse(fileName: Substring) -> (name: SpoolEntryName, fileExtension: String)? {
        guard let dot = fileName.utf8.lastIndex(of: UInt8(ascii: ".")), let name = SpoolEntryName(base: fileName[..<dot]) else {
            return nil
        }
        return (name, String(fileName[fileName.utf8.index(after: dot)...]))
    }

    package var recordedAt: Timestamp { Timestamp(compact: base.prefix(Self.stampLength)) ?? Timestamp(milliseconds: 0) }

    /// `2026-11-22/08`
    package var folder: String {
        let digits = base.prefix(11)
        func part(_ from: Int, _ count: Int) -> Substring { digits.dropFirst(from).prefix(count) }
        return "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))/\(part(9, 2))"
    }

    /// The uid as the name has it: encoded, and perhaps cut.
    package var encodedCamera: Substring { base.split(separator: "~")[1] }
    /// Nil where the name is so long that its uid may have been cut.
    package var camera: CameraUID? {
        guard base.utf8.count < Self.longestFileName - 2 * Self.longestExtension, let bytes = PercentDecoding.decode(encodedCamera.utf8)
        else { return nil }
        return CameraUID(validating: bytes.span)
    }
    package var imageID: Substring { base.split(separator: "~")[2] }

    package func file(_ fileExtension: String) -> String { base + "." + fileExtension }
    package static let recordExtension = "json"

    package static func < (a: SpoolEntryName, b: SpoolEntryName) -> Bool { a.base < b.base }
    package var description: String { base }

    /// No longer than `count`, and not in the middle of a percent sequence.
    private static func cut(_ encoded: String, to count: Int) -> String {
        let bytes = Array(encoded.utf8.prefix(count))
        let tail = bytes.suffix(2).lastIndex(of: UInt8(ascii: "%"))
        return String(decoding: bytes[..<(tail ?? bytes.endIndex)], as: UTF8.self)
    }

    /// `[A-Za-z0-9._-]`
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
