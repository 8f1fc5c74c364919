/// Signs requests with AWS Signature Version 4, in the `Authorization` header ("Authenticating Requests: Using the Authorization
/// Header", Amazon S3 API Reference).
///
/// What stays simple because of what it refuses: no presigned URLs, no chunked payload signatures (the whole payload's hash is known
/// before an upload begins), no asymmetric keys. It reads no clock; the caller tells it the time the server will believe.
package struct SigV4Signer<Hash: SigningHash> {
    package struct Credentials: Equatable, Sendable {
        package let accessKey: Secret
        package let secretKey: Secret
        /// Empty where there is none.
        package let sessionToken: Secret

        package init(accessKey: Secret, secretKey: Secret, sessionToken: Secret = Secret("")) {
            self.accessKey = accessKey
            self.secretKey = secretKey
            self.sessionToken = sessionToken
        }
    }

    private let credentials: Credentials
    private let region: String
    private let service: String
    private let hash: Hash
    /// The derived key is good for a day, region and service; deriving it takes four of the five HMACs of a signature.
    private var cached: (day: String, key: [UInt8])?

    package init(credentials: Credentials, region: String, service: String = "s3", hash: Hash) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.hash = hash
    }

    /// Answers the headers to add to `request`: `x-amz-date`, `x-amz-security-token` where there is one, and `Authorization`.
    /// S3 asks for `x-amz-content-sha256` beside them: `signS3` adds it.
    package mutating func sign(_ request: CanonicalRequest, at time: Timestamp) throws(Hash.Failure) -> [(name: String, value: String)] {
        let stamp = Self.stamp(time)
        let day = String(stamp.prefix(8))
        var added = [(name: "x-amz-date", value: stamp)]
        if !credentials.sessionToken.isEmpty { added.append((name: "x-amz-security-token", value: credentials.sessionToken.revealed)) }
        var request = request
        request.headers += added

        let (text, signedHeaders) = request.canonical()
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let toSign = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(Hex.lower(try hash.sha256(Array(text.utf8))))"
        let signature = Hex.lower(try hash.hmacSHA256(key: try signingKey(day: day), Array(toSign.utf8)))
        added.append(
            (
                name: "Authorization",
                value:
                    "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey.revealed)/\(scope),SignedHeaders=\(signedHeaders),Signature=\(signature)"
            ))
        return added
    }

    /// The same for S3, which wants the payload's hash in a signed header of its own, and so refuses a damaged upload.
    package mutating func signS3(_ request: CanonicalRequest, at time: Timestamp) throws(Hash.Failure) -> [(name: String, value: String)] {
        let contentHash = (name: "x-amz-content-sha256", value: request.payloadHash)
        var request = request
        request.headers.append(contentHash)
        return try [contentHash] + sign(request, at: time)
    }

    private mutating func signingKey(day: String) throws(Hash.Failure) -> [UInt8] {
        if let cached, cached.day == day { return cached.key }
        var key = Array("AWS4\(credentials.secretKey.revealed)".utf8)
        for part in [day, region, service, "aws4_request"] { key = try hash.hmacSHA256(key: key, Array(part.utf8)) }
        cached = (day, key)
        return key
    }

    /// `20130524T000000Z`: ISO 8601 basic, whole seconds.
    private static func stamp(_ time: Timestamp) -> String { String(time.compact.prefix(15)) + "Z" }
}
