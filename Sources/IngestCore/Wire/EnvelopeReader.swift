/// Reads the JSON object that a camera publishes for each chunk, strictly by RFC 8259, in one pass and without allocating.
///
/// Where several things are wrong with a message, the first of this list is what it is refused for: `json`, `field_missing`,
/// `field_type`, `total_range`, `index_range`, `image_id`; then, by `Base64Decoder`, `empty` and `base64`.
package enum EnvelopeReader {
    package static let longestImageID = 128

    /// - Parameters:
    ///   - needsID: the topic names no camera, so `id` must.
    ///   - maxChunks: the highest `total`.
    package static func read(_ payload: Span<UInt8>, needsID: Bool, maxChunks: Int) throws(Refusal) -> Envelope {
        var none = PayloadMembers([])
        return try read(payload, needsID: needsID, maxChunks: maxChunks, picking: &none)
    }

    /// - Parameter others: further members, found on the way.
    package static func read(
        _ payload: Span<UInt8>, needsID: Bool, maxChunks: Int, picking others: inout PayloadMembers
    ) throws(Refusal) -> Envelope {
        let members = try Members(payload, &others)
        guard let indexToken = members.index, let totalToken = members.total, let data = members.data, members.id != nil || !needsID
        else { throw .fieldMissing }

        guard let index = WholeNumber.value(of: indexToken, in: payload), let total = WholeNumber.value(of: totalToken, in: payload),
            case .string = data.kind, members.id?.isStringOrNumber ?? true, members.imageID?.isStringIntegerOrNull ?? true
        else { throw .fieldType }

        guard (1...max(maxChunks, 1)).contains(total) else { throw .totalRange }
        guard (0..<total).contains(index) else { throw .indexRange }
        return Envelope(
            index: index, total: total, data: data.range, id: members.id, imageID: try imageID(members.imageID, in: payload)
        )
    }

    /// Finds members of any JSON object, the `data` of a chunk or not.
    package static func pick(_ members: inout PayloadMembers, from object: Span<UInt8>) throws(Refusal) {
        _ = try Members(object, &members)
    }

    /// Null and `""` count as absent.
    private static func imageID(_ token: JSONToken?, in payload: Span<UInt8>) throws(Refusal) -> JSONToken? {
        guard let token, token.kind != .null, !token.range.isEmpty else { return nil }
        var length = 0
        var dots = 0
        var position = token.range.lowerBound
        while position < token.range.upperBound {
            length += 1
            switch JSONToken.nextASCII(in: payload, at: &position) {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                break
            case UInt8(ascii: "."): dots += 1
            default: throw .imageID
            }
            guard length <= longestImageID else { throw .imageID }
        }
        // "." and ".." mean folders.
        guard dots < length || length > 2 else { throw .imageID }
        return token
    }
}

extension EnvelopeReader {
    /// The members we know. Of one that is given twice the last counts.
    private struct Members {
        var id, index, total, data, imageID: JSONToken?

        init(_ payload: Span<UInt8>, _ others: inout PayloadMembers) throws(Refusal) {
            if !others.isEmpty { others.clear() }
            var scanner = JSONScanner()
            scanner.skipSpace(in: payload)
            try scanner.expect(UInt8(ascii: "{"), in: payload)
            scanner.skipSpace(in: payload)
            if !scanner.take(UInt8(ascii: "}"), in: payload) {
                repeat {
                    scanner.skipSpace(in: payload)
                    let name = try scanner.name(in: payload)
                    let value = try scanner.value(in: payload)
                    keep(value, under: name, in: payload)
                    if !others.isEmpty { others.note(value, under: name, in: payload) }
                    scanner.skipSpace(in: payload)
                } while scanner.take(UInt8(ascii: ","), in: payload)
                try scanner.expect(UInt8(ascii: "}"), in: payload)
            }
            scanner.skipSpace(in: payload)
            guard scanner.position == payload.count else { throw .json }
        }

        private mutating func keep(_ value: JSONToken, under name: JSONToken, in payload: Span<UInt8>) {
            switch Self.packed(name, in: payload) {
            case Name.id: id = value
            case Name.index: index = value
            case Name.total: total = value
            case Name.data: data = value
            case Name.imageID: imageID = value
            default: break
            }
        }

        /// The names, as `packed` gives them.
        private enum Name {
            static let id: UInt64 = 0x6964
            static let index: UInt64 = 0x69_6e64_6578
            static let total: UInt64 = 0x74_6f74_616c
            static let data: UInt64 = 0x6461_7461
            static let imageID: UInt64 = 0x696d_6167_655f_6964
        }

        /// A name of up to eight ASCII characters as one word, the last in the lowest byte; 0 for any other, and for one with a NUL,
        /// which would not show.
        private static func packed(_ name: JSONToken, in payload: Span<UInt8>) -> UInt64 {
            var word: UInt64 = 0
            var length = 0
            var position = name.range.lowerBound
            while position < name.range.upperBound {
                let byte = JSONToken.nextASCII(in: payload, at: &position)
                length += 1
                guard length <= 8, byte != JSONToken.notASCII, byte != 0 else { return 0 }
                word = word << 8 | UInt64(byte)
            }
            return word
        }
    }
}

extension JSONToken {
    fileprivate var isStringOrNumber: Bool {
        switch kind {
        case .string, .integer, .decimal: true
        case .boolean, .null, .container: false
        }
    }

    fileprivate var isStringIntegerOrNull: Bool {
        switch kind {
        case .string, .integer, .null: true
        case .decimal, .boolean, .container: false
        }
    }
}
