import Foundation
import TestServices
import Testing

@Suite("Another object store")
struct OtherStoreTests {
    @Test("than SeaweedFS serves as well: moto")
    func moto() throws {
        let folder = try TemporaryFolder()
        let moto = try MotoServer(in: folder)
        let site = try Site { $0.storeEndpoint = moto.endpoint }
        let pictures = [TestPicture("cam1", 1), TestPicture("Küche 2", 2, imageID: "x"), TestPicture("..", 3)]
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
        let row = try #require(site.rows("d.device_uid = '..'").first)
        #expect(try site.headers(of: row.object_name)["x-amz-meta-camera-uid"] == "%2E%2E")
    }

    @Test("may name the bucket in the host, as AWS does")
    func virtualHost() throws {
        let folder = try TemporaryFolder()
        let store = try SeaweedServer(in: folder, domain: "localhost")
        let site = try Site("[s3]\nendpoint = \"http://localhost:\(store.port)\"\npath_style = false") { $0.store = store }
        let pictures = [TestPicture("cam1", 1), TestPicture("Küche 2", 2, imageID: "x")]
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
    }

    @Test("is asked for bucket.host with everything signed, session token included")
    func virtualHostRequests() throws {
        let server = try ScriptedHTTPServer { _ in .afterBody { _ in .answer(200, ["ETag": "\"1\"", "x-amz-version-id": "v1"]) } }
        let site = try Site(
            "[s3]\nendpoint = \"http://localhost:\(server.port)\"\npath_style = false\nregion = \"eu-central-1\"\nsession_token = \"token-1\""
        )
        let picture = TestPicture("Küche 2", 1, imageID: "x")
        try site.cameras().publish(picture)
        let row = try #require(site.waitForRows(1).first)
        #expect(row.object_version == "v1")
        let put = try #require(server.requests.first { $0.method == "PUT" && $0.target.contains("jpg") })
        #expect(put.target == "/K%25C3%25BCche%25202/x-\(row.recorded_at / 1000).jpg")
        #expect(put.headers["host"] == "\(site.bucket).localhost:\(server.port)")
        #expect(Array(put.body) == picture.bytes)
        #expect(put.headers["x-amz-content-sha256"] == picture.sha256)
        #expect(put.headers["x-amz-security-token"] == "token-1")
        let authorization = try #require(put.headers["authorization"])
        #expect(authorization.contains("/eu-central-1/s3/aws4_request"))
        for name in ["content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-meta-camera-uid", "x-amz-security-token"] {
            #expect(authorization.contains(name), "\(name)")
        }
        server.stop()
    }
}

@Suite("A bucket with Object Lock", .serialized)
struct ObjectLockTests {
    /// moto, and a bucket in it that keeps each object for a day.
    private func lockedStore(in folder: TemporaryFolder, bucket: String) throws -> MotoServer {
        let moto = try MotoServer(in: folder)
        let script = """
            import boto3, sys
            s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            s3.create_bucket(Bucket=sys.argv[2], ObjectLockEnabledForBucket=True)
            s3.put_object_lock_configuration(Bucket=sys.argv[2], ObjectLockConfiguration={"ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}})
            """
        let end = try run([moto.python, "-c", script, moto.endpoint, bucket], within: 60)
        guard end.status == 0 else { throw ServiceError("boto3: \(end.errors)") }
        return moto
    }

    @Test("and a default retention takes pictures, and tells their checksums and versions")
    func stored() throws {
        let folder = try TemporaryFolder()
        let moto = try lockedStore(in: folder, bucket: "locked")
        let site = try Site("[s3]\nbucket = \"locked\"") { $0.storeEndpoint = moto.endpoint }
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        let row = try #require(site.waitForRows(1).first)
        #expect(row.object_version != nil)
        try site.gateway.waitForHealth()
    }
}
