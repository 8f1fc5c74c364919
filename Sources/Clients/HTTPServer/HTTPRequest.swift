/// A GET or HEAD request.
package struct HTTPRequest: Equatable, Sendable {
    package struct Parameter: Equatable, Sendable {
        package let name, value: String
    }

    /// As it was sent, percent-encoded, without the query.
    package let path: String
    /// The path's segments, each decoded by itself, so that an encoded slash stays within its segment. `/` has none.
    package let segments: [String]
    /// The query's parameters in their order, decoded, `+` as a space.
    package let query: [Parameter]
    /// What `Accept-Language` says, as it was sent.
    package let acceptLanguage: String?
    /// Only headers are wanted. The server sends no body then, whatever the answer.
    package let isHead: Bool

    /// The last value of parameter `name`.
    package func parameter(_ name: String) -> String? { query.last { $0.name == name }?.value }

    /// Nil when `target` is no path, or holds a broken percent sequence, or decodes to something that is not UTF-8
    /// (RFC 3986, section 2.1; RFC 9112, section 3.2.1).
    package init?(target: String, acceptLanguage: String? = nil, isHead: Bool = false) {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        self.acceptLanguage = acceptLanguage
        self.isHead = isHead

        var segments: [String] = []
        if path != "/" {
            for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
                guard let decoded = Self.decode(segment) else { return nil }
                segments.append(decoded)
            }
        }
        self.segments = segments

        var query: [Parameter] = []
        if parts.count > 1 {
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = Self.decode(sides[0], plusIsSpace: true),
                    let value = sides.count > 1 ? Self.decode(sides[1], plusIsSpace: true) : ""
                else { return nil }
                query.append(Parameter(name: name, value: value))
            }
        }
        self.query = query
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
