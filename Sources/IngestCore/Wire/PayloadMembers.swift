/// Members of the payload that the operator asked for, and where they stand in the message at hand. Reading them allocates nothing.
package struct PayloadMembers: Sendable {
    /// Each once.
    package let names: [String]
    private let bytes: [[UInt8]]
    /// By the names' order; nil for one that the message lacks. Of one that is given twice the last counts.
    package private(set) var tokens: [JSONToken?]

    package init(_ names: [String]) {
        self.names = names
        bytes = names.map { Array($0.utf8) }
        tokens = Array(repeating: nil, count: names.count)
    }

    package var isEmpty: Bool { names.isEmpty }

    mutating func clear() {
        for index in tokens.indices { tokens[index] = nil }
    }

    mutating func note(_ value: JSONToken, under name: JSONToken, in payload: Span<UInt8>) {
        for index in bytes.indices where Self.equals(name, bytes[index], in: payload) { tokens[index] = value }
    }

    private static func equals(_ name: JSONToken, _ wanted: [UInt8], in payload: Span<UInt8>) -> Bool {
        if case .string(escaped: true) = name.kind { return name.text(in: payload).map { Array($0.utf8) == wanted } ?? false }
        guard name.range.count == wanted.count else { return false }
        for (offset, byte) in wanted.enumerated() where payload[name.range.lowerBound + offset] != byte { return false }
        return true
    }
}
