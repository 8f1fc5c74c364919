/// One HTTP request in the shape that AWS Signature Version 4 hashes ("Create a canonical request", AWS IAM User Guide).
///
/// S3 differs from AWS's other services in one point: the path is percent-encoded once and never normalised, so `%` in a key
/// becomes `%25`, and `..` stays.
package struct CanonicalRequest {
    package var method: String
    /// Not yet percent-encoded; starts with `/`.
    package var path: String
    package var query: [(name: String, value: String)]
    /// Every header that is signed, `host` among them.
    package var headers: [(name: String, value: String)]
    /// SHA-256 of the body in lower-case hex.
    package var payloadHash: String

    package init(
        method: String, path: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)],
        payloadHash: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payloadHash = payloadHash
    }

    /// The path as it stands in the URL and in the signed text.
    package var encodedPath: String { Self.encode(path, keeping: Self.slash) }

    /// `a=1&b=`, sorted by encoded name, then by encoded value; as in the URL.
    package var encodedQuery: String {
        query.map { (Self.encode($0.name), Self.encode($0.value)) }.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// The text that is hashed, and the list of header names that belongs to it.
    package func canonical() -> (text: String, signedHeaders: String) {
        let fields = headers.map { (name: $0.name.lowercased(), value: Self.trimmed($0.value)) }.sorted { $0.name < $1.name }
        let signedHeaders = fields.map(\.name).joined(separator: ";")
        var text = "\(method)\n\(encodedPath)\n\(encodedQuery)\n"
        for field in fields { text += "\(field.name):\(field.value)\n" }
        text += "\n\(signedHeaders)\n\(payloadHash)"
        return (text, signedHeaders)
    }

    private static let tilde: Set<UInt8> = [UInt8(ascii: "~")]
    private static let slash: Set<UInt8> = [UInt8(ascii: "~"), UInt8(ascii: "/")]

    /// RFC 3986's unreserved characters stay; everything else is encoded byte by byte.
    private static func encode(_ text: String, keeping extra: Set<UInt8> = tilde) -> String {
        PercentEncoding.encode(text.utf8, keeping: extra)
    }

    /// Without white space at either end, and runs of it inside made one space.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}
