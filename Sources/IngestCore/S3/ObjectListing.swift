/// One page of a bucket's list ("ListObjectsV2", Amazon S3 API Reference): the elements that matter, found without reading the rest.
package struct ObjectListing: Equatable, Sendable {
    /// Objects of one page at most, as S3 has it.
    package static let most = 1000

    package private(set) var keys: [String] = []
    /// Asks for the next page; nil for the last one.
    package let next: String?

    /// Nil when it is no such list, or not all of it.
    package init?(_ body: Span<UInt8>) {
        var reader = ElementReader(body)
        var keys: [String] = []
        var (token, isTruncated, isWhole) = ("", false, false)
        while let element = reader.next(in: body) {
            switch element {
            case .opened("Key"): keys.append(reader.text(in: body))
            case .opened("NextContinuationToken"): token = reader.text(in: body)
            case .opened("IsTruncated"): isTruncated = reader.text(in: body) == "true"
            case .closed("ListBucketResult"): isWhole = true
            default: continue
            }
        }
        guard isWhole, !isTruncated || !token.isEmpty else { return nil }
        self.keys = keys
        next = isTruncated ? token : nil
    }
}

/// Finds the tags of an XML text one after the other. Attributes, comments and declarations are passed over.
private struct ElementReader {
    enum Element: Equatable {
        case opened(String)
        case closed(String)
    }

    private var position = 0

    init(_ body: Span<UInt8>) {}

    mutating func next(in body: Span<UInt8>) -> Element? {
        while let open = index(of: UInt8(ascii: "<"), in: body), let close = index(of: UInt8(ascii: ">"), in: body, from: open) {
            position = close + 1
            let isEnd = body[open + 1] == UInt8(ascii: "/")
            var name = ""
            for at in (isEnd ? open + 2 : open + 1)..<close {
                guard body[at] > 0x20, body[at] != UInt8(ascii: "/") else { break }
                name.unicodeScalars.append(Unicode.Scalar(body[at]))
            }
            if !name.isEmpty, name.first != "?", name.first != "!" { return isEnd ? .closed(name) : .opened(name) }
        }
        return nil
    }

    /// What stands between the tag that was found last and the next one.
    mutating func text(in body: Span<UInt8>) -> String {
        guard let end = index(of: UInt8(ascii: "<"), in: body) else { return "" }
        var bytes: [UInt8] = []
        var at = position
        while at < end {
            if body[at] == UInt8(ascii: "&"), let semicolon = index(of: UInt8(ascii: ";"), in: body, from: at), semicolon < end {
                var name = ""
                for place in at + 1..<semicolon { name.unicodeScalars.append(Unicode.Scalar(body[place])) }
                if let scalar = Self.entity(name) { bytes.append(contentsOf: Array(String(Character(scalar)).utf8)) }
                at = semicolon + 1
            } else {
                bytes.append(body[at])
                at += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// XML 1.0, sections 4.1 and 4.6.
    private static func entity(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": "<"
        case "gt": ">"
        case "amp": "&"
        case "quot": "\""
        case "apos": "'"
        case _ where name.hasPrefix("#x"): UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case _ where name.hasPrefix("#"): UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init)
        default: nil
        }
    }

    private func index(of byte: UInt8, in body: Span<UInt8>, from start: Int? = nil) -> Int? {
        var at = start ?? position
        while at < body.count {
            if body[at] == byte { return at }
            at += 1
        }
        return nil
    }
}
