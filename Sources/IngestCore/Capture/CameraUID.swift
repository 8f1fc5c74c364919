/// The name of a camera: 1 to 128 bytes of UTF-8 without control characters, kept byte for byte.
///
/// Two uids are equal when their bytes are. Swift's own `String` equality follows Unicode canonical equivalence, under which a
/// composed and a decomposed "é" are one camera; a broker and a bucket hold them apart, and so do we.
package struct CameraUID: Sendable {
    package static let longest = 128

    package let text: String

    /// Nil when `text` is empty, too long, or has a control character (Unicode general category Cc).
    package init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count) else { return nil }
        for scalar in text.unicodeScalars where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) { return nil }
        self.text = text
    }

    /// Nil when `bytes` are not valid UTF-8, or for the reasons above.
    package init?(validating bytes: Span<UInt8>) {
        guard (1...Self.longest).contains(bytes.count) else { return nil }
        var copy = [UInt8]()
        copy.reserveCapacity(bytes.count)
        for index in bytes.indices { copy.append(bytes[index]) }
        guard let text = String(validating: copy, as: UTF8.self) else { return nil }
        self.init(text)
    }

    /// As it stands in object keys and file names: bytes outside `[A-Za-z0-9._-]` percent-encoded in upper-case hex; `.` and `..`,
    /// which mean folders, become `%2E` and `%2E%2E`.
    package var encoded: String {
        if text == "." || text == ".." { return String(repeating: "%2E", count: text.utf8.count) }
        return PercentEncoding.encode(text.utf8)
    }
}

extension CameraUID: Hashable, CustomStringConvertible {
    package static func == (a: CameraUID, b: CameraUID) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
    package func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
    package var description: String { text }
}
