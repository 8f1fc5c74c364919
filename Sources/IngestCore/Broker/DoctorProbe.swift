/// The message by which `doctor` sees whether what is published reaches a subscriber. It travels the cameras' way, so gateways know it
/// by its bytes, and pass over it.
///
/// It is a JSON object without any of a chunk's members, for others that listen: nobody takes it for a picture.
package enum DoctorProbe {
    private static let head = Array(#"{"thermo-ingest":"doctor","ignore":""#.utf8)
    private static let tail = Array(#""}"#.utf8)
    private static let digits = 16
    private static let count = head.count + digits + tail.count

    /// - Parameter number: tells one probe from another.
    package static func payload(_ number: UInt64) -> [UInt8] { head + Hex.lower(bytes(number)).utf8 + tail }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    /// Whether a message is one. Costs a comparison of lengths for nearly every message.
    package static func matches(_ payload: Span<UInt8>) -> Bool {
        guard payload.count == count else { return false }
        for index in head.indices where payload[index] != head[index] { return false }
        return true
    }

    /// A topic that `filter` matches and that no camera uses; nil where there is none: a filter of the broker's own topics.
    ///
    /// A filter without a wildcard has one topic only, which is a camera's.
    /// - Parameter name: stands in for each wildcard.
    package static func topic(under filter: String, name: String) -> String? {
        guard !filter.hasPrefix("$") else { return nil }
        return filter.split(separator: "/", omittingEmptySubsequences: false).map { $0 == "+" || $0 == "#" ? name : String($0) }
            .joined(separator: "/")
    }
}
