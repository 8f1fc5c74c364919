import Testing

@testable import IngestCore

@Suite("An S3 endpoint")
struct S3EndpointTests {
    @Test("puts the bucket into the path, or before the host")
    func styles() throws {
        let plain = try S3Endpoint("http://minio:9000")
        #expect(
            plain.target(bucket: "b", key: "k/%2E", pathStyle: true)
                == .init(origin: "http://minio:9000", host: "minio:9000", path: "/b/k/%2E"))
        #expect(
            plain.target(bucket: "b", key: "k", pathStyle: false) == .init(origin: "http://b.minio:9000", host: "b.minio:9000", path: "/k"))
        #expect(plain.target(bucket: "b", key: nil, pathStyle: true).path == "/b")
        #expect(plain.target(bucket: "b", key: nil, pathStyle: false).path == "/")
    }

    @Test("leaves the scheme's own port out of the Host header, for that is what is signed")
    func ports() throws {
        #expect(
            try S3Endpoint("https://s3.eu-west-1.amazonaws.com:443").target(bucket: "b", key: nil, pathStyle: true).host
                == "s3.eu-west-1.amazonaws.com")
        #expect(try S3Endpoint("http://h:80/").target(bucket: "b", key: nil, pathStyle: true).host == "h")
        #expect(try S3Endpoint("http://h:443").target(bucket: "b", key: nil, pathStyle: true).host == "h:443")
        #expect(try S3Endpoint("HTTPS://h").tls)
        #expect(try S3Endpoint("http://[::1]:9000").target(bucket: "b", key: nil, pathStyle: true).origin == "http://[::1]:9000")
        #expect(try S3Endpoint("http://[fe80::1]").target(bucket: "b", key: nil, pathStyle: true).host == "[fe80::1]")
    }

    @Test(
        "refuses what is no scheme, host and port, and says why",
        arguments: [
            ("minio:9000", S3Endpoint.Mistake.scheme), ("ftp://h", .scheme), ("", .scheme), ("http://", .host), ("http://:9000", .host),
            ("http://a b", .host), ("http://[::1", .host), ("http://[]:1", .host), ("http://[::1]x", .host), ("http://h:", .port),
            ("http://h:0", .port), ("http://h:65536", .port),
            ("http://h:9x", .port), ("http://h:+9", .port), ("http://user:pw@h", .extra), ("http://h/path", .extra), ("http://h?x", .extra),
            ("http://h#x", .extra),
        ])
    func mistakes(text: String, mistake: S3Endpoint.Mistake) {
        #expect(throws: mistake) { try S3Endpoint(text) }
    }
}
