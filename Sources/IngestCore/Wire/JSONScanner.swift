/// Walks over a JSON text and tells what stands where. Strict: what RFC 8259 calls invalid throws `.json`.
///
/// What stays simple because of what it refuses:
/// - It builds nothing: tokens are ranges of the payload, so the good path allocates nothing.
/// - It recurses nowhere: of a nested value it keeps one bit a level, for 64 levels.
/// - No byte order mark (RFC 8259, section 8.1), no comments, no trailing commas, no NaN.
/// - An escaped surrogate that stands alone is grammar, so it passes here; who reads that string refuses it.
struct JSONScanner {
    /// How deep the value of a member may be nested; the object around it does not count.
    static let deepest = 64

    private(set) var position = 0

    init() {}

    mutating func skipSpace(in bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    /// The byte at `position`, which every rule of the grammar needs to be there.
    func peek(in bytes: Span<UInt8>) throws(Refusal) -> UInt8 {
        guard position < bytes.count else { throw .json }
        return bytes[position]
    }

    /// Takes `byte` if it is next.
    mutating func take(_ byte: UInt8, in bytes: Span<UInt8>) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8, in bytes: Span<UInt8>) throws(Refusal) {
        guard take(byte, in: bytes) else { throw .json }
    }

    /// Takes the value that starts at `position`.
    mutating func value(in bytes: Span<UInt8>) throws(Refusal) -> JSONToken {
        switch try peek(in: bytes) {
        case UInt8(ascii: "\""): return try string(in: bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(in: bytes)
        case UInt8(ascii: "t"): return try literal("true", .boolean, in: bytes)
        case UInt8(ascii: "f"): return try literal("false", .boolean, in: bytes)
        case UInt8(ascii: "n"): return try literal("null", .null, in: bytes)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return try container(in: bytes)
        default: throw .json
        }
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONToken.Kind, in bytes: Span<UInt8>) throws(Refusal) -> JSONToken {
        let start = position
        for byte in word.description.utf8 { try expect(byte, in: bytes) }
        return JSONToken(kind: kind, range: start..<position)
    }

    private mutating func container(in bytes: Span<UInt8>) throws(Refusal) -> JSONToken {
        let start = position
        /// The kinds of the open levels, the innermost in bit 0: 1 is an object.
        var objects: UInt64 = 0
        var depth = 0
        repeat {
            // A value begins here.
            let opener = try peek(in: bytes)
            if opener == UInt8(ascii: "{") || opener == UInt8(ascii: "[") {
                guard depth < Self.deepest else { throw .json }
                let isObject = opener == UInt8(ascii: "{")
                objects = objects << 1 | (isObject ? 1 : 0)
                depth += 1
                position += 1
                skipSpace(in: bytes)
                if !take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), in: bytes) {
                    if isObject { try name(in: bytes) }
                    continue
                }
                objects >>= 1
                depth -= 1
            } else {
                _ = try value(in: bytes)
            }
            // A value ended here; so may the levels around it.
            while depth > 0 {
                skipSpace(in: bytes)
                let isObject = objects & 1 == 1
                if take(UInt8(ascii: ","), in: bytes) {
                    skipSpace(in: bytes)
                    if isObject { try name(in: bytes) }
                    break
                }
                try expect(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), in: bytes)
                objects >>= 1
                depth -= 1
            }
        } while depth > 0
        return JSONToken(kind: .container, range: start..<position)
    }

    /// Takes a member's name, its colon and the space around it.
    @discardableResult
    mutating func name(in bytes: Span<UInt8>) throws(Refusal) -> JSONToken {
        guard try peek(in: bytes) == UInt8(ascii: "\"") else { throw .json }
        let name = try string(in: bytes)
        skipSpace(in: bytes)
        try expect(UInt8(ascii: ":"), in: bytes)
        skipSpace(in: bytes)
        return name
    }

    /// RFC 8259, section 6.
    private mutating func number(in bytes: Span<UInt8>) throws(Refusal) -> JSONToken {
        let start = position
        var kind = JSONToken.Kind.integer
        _ = take(UInt8(ascii: "-"), in: bytes)
        if !take(UInt8(ascii: "0"), in: bytes) { try digits(in: bytes) }
        if take(UInt8(ascii: "."), in: bytes) {
            kind = .decimal
            try digits(in: bytes)
        }
        if take(UInt8(ascii: "e"), in: bytes) || take(UInt8(ascii: "E"), in: bytes) {
            kind = .decimal
            _ = take(UInt8(ascii: "-"), in: bytes) || take(UInt8(ascii: "+"), in: bytes)
            try digits(in: bytes)
        }
        return JSONToken(kind: kind, range: start..<position)
    }

    private mutating func digits(in bytes: Span<UInt8>) throws(Refusal) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
        guard position > start else { throw .json }
    }

    /// Takes a string, `position` being at its opening quote (RFC 8259, section 7).
    private mutating func string(in bytes: Span<UInt8>) throws(Refusal) -> JSONToken {
        let start = position + 1
        var at = start
        var escaped = false
        while true {
            at = JSONText.endOfPlainRun(in: bytes, from: at)
            guard at < bytes.count else { throw .json }
            switch bytes[at] {
            case UInt8(ascii: "\""):
                position = at + 1
                return JSONToken(kind: .string(escaped: escaped), range: start..<at)
            case UInt8(ascii: "\\"):
                escaped = true
                at = try JSONText.endOfEscape(in: bytes, from: at)
            case 0x80...:
                at = try JSONText.endOfScalar(in: bytes, from: at)
            default:
                throw .json  // a control character
            }
        }
    }
}
