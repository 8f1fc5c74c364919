import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

@Suite("An object store's failure")
struct ObjectErrorsTests {
    @Test("is sorted by its code, its status, or libcurl's code")
    func classes() {
        #expect(error(.status(403, StoreRefusal(code: "RequestTimeout", message: ""))).failureClass == .retry(after: nil))
        #expect(error(.status(403, nil)).failureClass == .denied)
        #expect(error(.status(400, StoreRefusal(code: "EntityTooLarge", message: ""))).failureClass == .picture)
        #expect(error(.transport(code: 7, name: "", detail: "")).failureClass == .retry(after: nil))
        #expect(error(.transport(code: 60, name: "", detail: "")).failureClass == .operatorNeeded)
        #expect(error(.notAnObjectStore(status: 200)).failureClass == .retry(after: nil))
        #expect(error(.body(BodyFailure("x"))).failureClass == .unsendable)
        #expect(error(.tooLarge(limit: 1)).failureClass == .unsendable)
        #expect(error(.unsendable("x")).failureClass == .denied)
        #expect(error(.cancelled).failureClass == .retry(after: nil))
    }

    @Test("carries the server's Retry-After, a date measured by the server's own clock")
    func retryAfter() {
        var slow = error(.status(503, StoreRefusal(code: "SlowDown", message: "")))
        slow.retryAfter = "120"
        #expect(slow.failureClass == .retry(after: .seconds(120)))
        slow.retryAfter = "Sun, 06 Nov 1994 08:51:07 GMT"
        slow.serverDate = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(slow.failureClass == .retry(after: .seconds(90)))
        slow.retryAfter = "soon"
        #expect(slow.failureClass == .retry(after: nil))
    }

    @Test("says what failed, where, why, and what to do")
    func advice() {
        let refusal = StoreRefusal(code: "PermanentRedirect", message: "elsewhere", region: "eu-west-1")
        #expect(
            error(.status(301, refusal)).advice
                == "PUT b/k at h:9000: HTTP 301 PermanentRedirect: elsewhere. Set [s3] region = \"eu-west-1\", where the server says the bucket is."
        )
        #expect(
            error(.transport(code: 7, name: "Couldn't connect to server", detail: "Connection refused")).advice
                == "PUT b/k at h:9000: Connection refused (Couldn't connect to server, curl 7). Check that the object store runs and that its port can be reached from here."
        )
    }

    @Test("leaves the connect timeout within ten seconds of [s3] timeout")
    func settings() {
        var s3 = Configuration.S3()
        s3.caFile = "/ca.pem"
        let usual = ObjectStoreClient.Settings(s3, concurrency: 6)
        #expect(
            usual.caFile == "/ca.pem" && usual.concurrency == 6 && usual.stallTimeout == .seconds(30)
                && usual.connectTimeout == .seconds(10))
        s3.timeout = .seconds(2)
        #expect(ObjectStoreClient.Settings(s3, concurrency: 1).connectTimeout == .seconds(2))
    }

    private func error(_ cause: ObjectStoreError.Cause) -> ObjectStoreError {
        ObjectStoreError(request: "PUT b/k", operation: .putObject, host: "h:9000", cause: cause)
    }
}
