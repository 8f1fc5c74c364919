import Testing

@testable import IngestCore

@Suite("A SigV4 signer")
struct SigV4SignerTests {
    // MARK: AWS's test suite (aws-sig-v4-test-suite), all for one time, region, service and key

    private struct Vector: CustomTestStringConvertible {
        let name: String
        var method = "GET"
        var path = "/"
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        let signature: String
        var testDescription: String { name }
    }

    private static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    private static let suite: [Vector] = [
        Vector(name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector(name: "post-vanilla", method: "POST", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Vector(
            name: "get-vanilla-query-order-value", query: [("Param1", "value2"), ("Param1", "Value1")],
            signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
        Vector(
            name: "get-vanilla-query-unreserved", query: [(unreserved, unreserved)],
            signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        Vector(
            name: "get-vanilla-utf8-query", query: [("ሴ", "bar")],
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Vector(name: "get-utf8", path: "/ሴ", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        Vector(name: "get-space", path: "/example space/", signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        Vector(
            name: "get-unreserved", path: "/\(unreserved)", signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Vector(
            name: "get-header-value-trim", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    ]

    @Test("agrees with AWS's test suite", arguments: suite.indices)
    func awsSuite(index: Int) throws {
        let vector = Self.suite[index]
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        var signer = Self.signer("AKIDEXAMPLE", secret, service: "service")
        let request = CanonicalRequest(
            method: vector.method, path: vector.path, query: vector.query, headers: [("Host", "example.amazonaws.com")] + vector.headers,
            payloadHash: Self.hashOfNothing
        )
        let headers = signer.sign(request, at: Timestamp(milliseconds: 1_440_938_160_000))
        #expect(headers[0] == ("x-amz-date", "20150830T123600Z"))
        #expect(headers.last?.value.hasSuffix("Signature=\(vector.signature)") == true, "\(vector.name): \(headers)")
    }

    @Test("signs the session token (post-sts-header-before)")
    func sessionToken() {
        let token = """
            AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/\
            kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL6\
            4lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==
            """
        var signer = Self.signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token: token, service: "service")
        let request = CanonicalRequest(
            method: "POST", path: "/", headers: [("Host", "example.amazonaws.com")], payloadHash: Self.hashOfNothing)
        let headers = signer.sign(request, at: Timestamp(milliseconds: 1_440_938_160_000))
        #expect(headers.contains { $0 == ("x-amz-security-token", token) })
        #expect(headers.last?.value.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,") == true)
        #expect(headers.last?.value.hasSuffix("Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead") == true)
    }

    // MARK: "Examples: Signature Calculations" of the Amazon S3 API Reference

    @Test("agrees with S3's example of a PUT, with its path escape and its payload hash")
    func putObject() throws {
        let payload = Hex.lower(ReferenceHash().sha256(Array("Welcome to Amazon S3.".utf8)))
        #expect(payload == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        let headers = Self.signedByS3(
            CanonicalRequest(
                method: "PUT", path: "/test$file.text",
                headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("Host", Self.host), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                payloadHash: payload))
        #expect(headers.contains { $0 == ("x-amz-content-sha256", payload) })
        #expect(
            headers.last?.value == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,\
                Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd
                """)
    }

    @Test("agrees with S3's examples without a body")
    func others() {
        let get = CanonicalRequest(
            method: "GET", path: "/test.txt", headers: [("Host", Self.host), ("Range", "bytes=0-9")], payloadHash: Self.hashOfNothing)
        #expect(Self.signature(get) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        let lifecycle = CanonicalRequest(
            method: "GET", path: "/", query: [("lifecycle", "")], headers: [("Host", Self.host)], payloadHash: Self.hashOfNothing)
        #expect(Self.signature(lifecycle) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        let list = CanonicalRequest(
            method: "GET", path: "/", query: [("prefix", "J"), ("max-keys", "2")], headers: [("Host", Self.host)],
            payloadHash: Self.hashOfNothing)
        #expect(Self.signature(list) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    // MARK: What keys of ours may hold; the signatures were made once with botocore's S3SigV4Auth

    @Test(
        "encodes a key once, percent signs included, and never normalises it",
        arguments: [
            ("cam%2E7/%2E%2E-1.jpg", "/cam%252E7/%252E%252E-1.jpg", "57ac12c3752a41083d3185d458db21b73bdc176c0560f848e2755d4c71f70a3e"),
            (
                "café 温/a+b=c&d.jpg", "/caf%C3%A9%20%E6%B8%A9/a%2Bb%3Dc%26d.jpg",
                "c10edd3da6d09a1d675736755ec81f913903d51cdd9697cda4ba99f9190770d5"
            ),
            ("a/../b//c~d.jpg", "/a/../b//c~d.jpg", "76fb2523a78673d03ae6a19ef631f38a7ce8c42040d61c187061ea0b173ad33f"),
            ("k'()*!:@,;$.jpg", "/k%27%28%29%2A%21%3A%40%2C%3B%24.jpg", "9fda14831c74803de8bc37aa35cc2d00796610f8c13877119f8be15225e5270d"),
        ])
    func keys(key: String, encoded: String, signature: String) {
        let request = CanonicalRequest(
            method: "PUT", path: "/" + key, headers: [("content-type", "image/jpeg"), ("host", Self.host)],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        #expect(request.encodedPath == encoded)
        #expect(Self.signature(request) == signature)
    }

    @Test("derives a new key when the day changes, and only then")
    func keyCache() {
        let counter = Counter()
        var signer = SigV4Signer(
            credentials: .init(accessKey: Secret("a"), secretKey: Secret("b")), region: "r", hash: CountingHash(counter: counter))
        let request = CanonicalRequest(method: "GET", path: "/", headers: [("host", "h")], payloadHash: Self.hashOfNothing)
        let midnight = Timestamp(milliseconds: 1_440_979_200_000)
        let before = Timestamp(milliseconds: midnight.milliseconds - 1)
        _ = signer.sign(request, at: before)
        _ = signer.sign(request, at: before)
        #expect(counter.codes == 4 + 1 + 1)
        let tomorrow = signer.sign(request, at: midnight)
        #expect(counter.codes == 4 + 1 + 1 + 4 + 1)
        #expect(tomorrow.last?.value.contains("Credential=a/20150831/r/s3/aws4_request") == true)
        var fresh = SigV4Signer(credentials: .init(accessKey: Secret("a"), secretKey: Secret("b")), region: "r", hash: ReferenceHash())
        #expect(fresh.sign(request, at: midnight).last?.value == tomorrow.last?.value)
    }

    private static let host = "examplebucket.s3.amazonaws.com"
    private static let hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private static func signer(_ access: String, _ secret: String, token: String = "", service: String) -> SigV4Signer<ReferenceHash> {
        SigV4Signer(
            credentials: .init(accessKey: Secret(access), secretKey: Secret(secret), sessionToken: Secret(token)), region: "us-east-1",
            service: service, hash: ReferenceHash())
    }

    private static func signedByS3(_ request: CanonicalRequest) -> [(name: String, value: String)] {
        var signer = signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", service: "s3")
        return signer.signS3(request, at: Timestamp(milliseconds: 1_369_353_600_000))
    }

    private static func signature(_ request: CanonicalRequest) -> String {
        String(signedByS3(request).last?.value.split(separator: "Signature=").last ?? "")
    }
}

private final class Counter { var codes = 0 }

private struct CountingHash: SigningHash {
    let counter: Counter
    func sha256(_ bytes: [UInt8]) -> [UInt8] { ReferenceHash().sha256(bytes) }
    func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        counter.codes += 1
        return ReferenceHash().hmacSHA256(key: key, bytes)
    }
}
