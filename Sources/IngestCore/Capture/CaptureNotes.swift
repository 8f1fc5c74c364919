/// What is noted of a capture while its chunks come: when the first came, and the members that the operator asked for, each of the
/// lowest chunk that has it.
package struct CaptureNotes: Equatable, Sendable {
    /// A member as one chunk had it.
    package struct Member: Equatable, Sendable {
        package let name: String
        package let index: Int
        /// The JSON value as it came; empty for one that is no scalar, or too long.
        package let value: [UInt8]

        package init(name: String, index: Int, value: [UInt8]) {
            self.name = name
            self.index = index
            self.value = value
        }
    }

    /// Of a value, quotes not counted.
    package static let longestValue = 256

    package var firstChunkAt: Timestamp
    package private(set) var members: [Member]

    package init(firstChunkAt: Timestamp, members: [Member] = []) {
        self.firstChunkAt = firstChunkAt
        self.members = members
    }

    /// Of one chunk alone.
    package init(_ found: PayloadMembers, of index: Int, in payload: Span<UInt8>, at moment: Timestamp) {
        self.init(firstChunkAt: moment)
        if !found.isEmpty { _ = add(found, of: index, in: payload) }
    }

    /// Takes what the chunk at hand brings. It belongs to the capture, as far as can be told now; where one of another capture was
    /// taken for it, the one that takes its place comes with the same index, and what that lacks is forgotten.
    /// - Returns: whether anything changed.
    package mutating func add(_ found: PayloadMembers, of index: Int, in payload: Span<UInt8>) -> Bool {
        let before = members
        for (name, token) in zip(found.names, found.tokens) {
            let known = members.firstIndex { $0.name == name }
            if let known, members[known].index < index { continue }
            if let known, token != nil || members[known].index == index { members.remove(at: known) }
            guard let token, token.kind != .null else { continue }
            members.append(Member(name: name, index: index, value: Self.value(token, in: payload)))
        }
        return members != before
    }

    /// A scalar as it came. What PostgreSQL's `jsonb` cannot hold counts as none: half of a surrogate pair, NUL, a number that is
    /// astronomical.
    private static func value(_ token: JSONToken, in payload: Span<UInt8>) -> [UInt8] {
        guard token.range.count <= longestValue else { return [] }
        var value: [UInt8] = []
        value.reserveCapacity(token.range.count + 2)
        var isString = false
        switch token.kind {
        case .string:
            guard let text = token.text(in: payload), !text.unicodeScalars.contains("\0") else { return [] }
            isString = true
        case .decimal:
            guard exponent(token, in: payload) <= 4 else { return [] }
        case .integer, .boolean, .null: break
        case .container: return []
        }
        if isString { value.append(UInt8(ascii: "\"")) }
        for position in token.range { value.append(payload[position]) }
        if isString { value.append(UInt8(ascii: "\"")) }
        return value
    }

    /// How many digits its exponent has.
    private static func exponent(_ token: JSONToken, in payload: Span<UInt8>) -> Int {
        var digits: Int?
        for position in token.range {
            let byte = payload[position]
            if byte | 0x20 == UInt8(ascii: "e") { digits = 0 } else if byte >= UInt8(ascii: "0"), let count = digits { digits = count + 1 }
        }
        return digits ?? 0
    }

    // MARK: As text

    /// `f<ms>`, then for each member `;<index>:<name>:<value>`, both percent-encoded: visible ASCII without spaces.
    package var text: String {
        let entries = members.map { member in
            ";\(member.index):" + PercentEncoding.encode(member.name.utf8) + ":" + PercentEncoding.encode(member.value)
        }
        return "f\(firstChunkAt.milliseconds)" + entries.joined()
    }

    /// Nil for what `text` never gives.
    package init?(_ text: some StringProtocol) {
        let fields = text.split(separator: ";")
        guard let first = fields.first, first.hasPrefix("f"), let milliseconds = Int64(first.dropFirst()),
            Timestamp.writable.contains(milliseconds)
        else { return nil }
        self.init(firstChunkAt: Timestamp(milliseconds: milliseconds))
        for field in fields.dropFirst() {
            let parts = field.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 3, let index = Int(parts[0]), let name = PercentEncoding.decode(parts[1]),
                let value = PercentEncoding.decode(parts[2])
            else { return nil }
            members.append(Member(name: name, index: index, value: Array(value.utf8)))
        }
    }

    /// Takes what another chunk of the same capture brought.
    package mutating func merge(_ other: CaptureNotes) {
        firstChunkAt = min(firstChunkAt, other.firstChunkAt)
        for member in other.members {
            guard let known = members.firstIndex(where: { $0.name == member.name }) else {
                members.append(member)
                continue
            }
            if member.index < members[known].index { members[known] = member }
        }
    }

    // MARK: What the picture gets

    /// - Parameter member: `[intake] captured_at`.
    /// - Returns: nil where the camera gave none; `nil` inside where it is no time.
    package func capturedAt(_ member: String) -> Timestamp?? {
        guard !member.isEmpty, let found = members.first(where: { $0.name == member }) else { return nil }
        return .some(found.value.isEmpty ? nil : CameraTime.moment(found.value))
    }

    /// - Parameter names: `[intake] metadata`.
    /// - Returns: a JSON object; nil where there would be nothing in it.
    package func camera(_ names: [String]) -> String? {
        var entries: [String] = []
        for name in names {
            guard let found = members.first(where: { $0.name == name }), !found.value.isEmpty else { continue }
            entries.append(JSONQuoting.quoted(name) + ":" + String(decoding: found.value, as: UTF8.self))
        }
        return entries.isEmpty ? nil : "{" + entries.joined(separator: ",") + "}"
    }
}
