/// What an S3 server says about a refusal ("Error Responses", Amazon S3 API Reference):
/// `<Error><Code>AccessDenied</Code><Message>Access Denied.</Message><Region>eu-west-1</Region>...</Error>`.
///
/// Three elements are looked for, and nothing is asked of the rest: it may be cut off, or no XML at all. The other elements stay unread
/// on purpose: some servers put the string to sign, and with it a session token, there.
package struct S3ErrorBody: Equatable, Sendable {
    /// `NoSuchBucket`; only letters, digits, `.`, `_` and `-`, at most 64.
    package let code: String
    /// One line, at most 300 characters, control characters replaced by spaces; empty when there is none.
    package let message: String
    /// The region the bucket is in, where the server names it.
    package let region: String?

    /// Nil when there is no `<Code>`.
    package init?(_ body: [UInt8]) {
        guard let code = Self.element("Code", in: body), Self.isWord(code) else { return nil }
        self.code = code
        message = Self.element("Message", in: body).map { Self.line(Self.unescaped($0)) } ?? ""
        region = Self.element("Region", in: body).flatMap { Self.isWord($0) ? $0 : nil }
    }

    /// The text of the first element with that name; nil when it does not end.
    private static func element(_ name: String, in body: [UInt8]) -> String? {
        guard let start = find("<\(name)>", in: body[...]), let end = find("</\(name)>", in: body[start.upperBound...]) else { return nil }
        return String(decoding: body[start.upperBound..<end.lowerBound], as: UTF8.self)
    }

    private static func find(_ text: String, in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        let wanted = Array(text.utf8)
        var index = bytes.startIndex
        while index + wanted.count <= bytes.endIndex {
            if bytes[index..<index + wanted.count].elementsEqual(wanted) { return index..<index + wanted.count }
            index += 1
        }
        return nil
    }

    private static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.elementsEqual(PercentEncoding.encode(text.utf8).utf8)
    }

    /// The five entities of XML itself (XML 1.0, section 4.6); `&amp;` last, or `&amp;lt;` would be read twice.
    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var text = text
        for (entity, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&"),
        ] {
            text = text.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character)
        }
        return text
    }

    private static func line(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(300) {
            scalars.append(scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? " " : scalar)
        }
        return String(scalars)
    }
}
