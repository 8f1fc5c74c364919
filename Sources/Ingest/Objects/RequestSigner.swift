package import Clients
package import IngestCore
import Platform

/// Tells the object store client how S3 is spoken: `[s3]` of the configuration, the signer of IngestCore, the cryptography of Clients, and
/// the time as the server knows it.
///
/// Belongs to the thread of its client.
package final class RequestSigner: ObjectStoreDialect {
    private let endpoint: S3Endpoint
    private let pathStyle: Bool
    private var secrets: [String] = []
    private var signer: SigV4Signer<OpenSSLHash>
    private let wall: () -> Timestamp
    private let now: () -> Instant
    /// For `clock_offset_seconds` and the `clock` check of health.
    package private(set) var clock = ClockOffset()

    /// - Parameters wall, now: the clocks; other than the system's in tests alone.
    package init(
        _ settings: Configuration.S3,
        wall: @escaping () -> Timestamp = { Timestamp(milliseconds: MonotonicClock.wallMilliseconds()) },
        now: @escaping () -> Instant = { Instant(sinceBoot: MonotonicClock.now()) }
    ) throws(S3Endpoint.Mistake) {
        endpoint = try S3Endpoint(settings.endpoint)
        pathStyle = settings.pathStyle
        signer = Self.signer(settings)
        self.wall = wall
        self.now = now
        adopt(settings)
    }

    /// Signs with other credentials from now on. Endpoint, region and addressing stay.
    func adopt(_ settings: Configuration.S3) {
        secrets = [settings.secretKey, settings.sessionToken, settings.accessKey].map(\.revealed).filter { !$0.isEmpty }
        signer = Self.signer(settings)
    }

    private static func signer(_ settings: Configuration.S3) -> SigV4Signer<OpenSSLHash> {
        let credentials = SigV4Signer<OpenSSLHash>.Credentials(
            accessKey: settings.accessKey, secretKey: settings.secretKey, sessionToken: settings.sessionToken
        )
        return SigV4Signer(credentials: credentials, region: settings.region, hash: OpenSSLHash())
    }

    /// The server's time less this machine's; nil before the first answer.
    package var clockOffset: Duration? { clock.offset(wall: wall(), now: now()) }

    package func sign(_ request: ObjectRequest) throws -> SignedRequest {
        let target = endpoint.target(bucket: request.bucket, key: request.key, pathStyle: pathStyle)
        let payloadHash =
            switch request.payload {
            case .none: Self.hashOfNothing
            case .small(let bytes): Hex.lower(try SHA256.digest(of: bytes.span))
            case .stream(_, let sha256): sha256
            }
        let headers = [(name: "host", value: target.host)] + request.headers + checksum(of: request)
        let canonical = CanonicalRequest(
            method: request.operation.method, path: target.path, query: request.query, headers: headers, payloadHash: payloadHash)
        let added = try signer.signS3(canonical, at: clock.signingTime(wall: wall(), now: now()))
        return SignedRequest(
            url: target.origin + canonical.encodedPath + (request.query.isEmpty ? "" : "?" + canonical.encodedQuery), host: target.host,
            headers: headers + added)
    }

    /// What a bucket with Object Lock demands of every PUT ("PutObject", Amazon S3 API Reference), and what the server then keeps beside
    /// the object. Amazon wants the checksum; moto 5 looks for the name of its algorithm, which Amazon's own clients send beside it.
    private func checksum(of request: ObjectRequest) -> [(name: String, value: String)] {
        guard case .stream(_, let sha256) = request.payload, let bytes = Hex.bytes(sha256), !bytes.isEmpty else { return [] }
        return [
            (name: "x-amz-checksum-sha256", value: Base64Encoder.text(of: bytes)), (name: "x-amz-sdk-checksum-algorithm", value: "SHA256"),
        ]
    }

    package func hear(serverDate: String) -> Bool {
        let wall = wall()
        guard let server = HTTPDate.parse(serverDate, year: wall.components.year) else { return false }
        return clock.learn(server: server, wall: wall, now: now())
    }

    package func refusal(in body: [UInt8]) -> StoreRefusal? {
        S3ErrorBody(body).map { StoreRefusal(code: $0.code, message: hiding($0.message), region: $0.region) }
    }

    /// Some servers repeat what they were sent.
    private func hiding(_ message: String) -> String {
        secrets.reduce(message) { $0.split(separator: $1, omittingEmptySubsequences: false).joined(separator: Secret("x").description) }
    }

    private static let hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

/// SHA-256 and HMAC as the signer wants them.
package struct OpenSSLHash: SigningHash {
    package init() {}

    package func sha256(_ bytes: [UInt8]) throws(CryptoFailure) -> [UInt8] { try SHA256.digest(of: bytes.span) }

    package func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        try HMACSHA256.code(of: bytes.span, key: key.span)
    }
}
