import Foundation
import Platform
import TestServices
import Testing

@Suite("When the object store answers wrongly", .serialized)
final class OutageAnswersTests {
    private struct Answer {
        let name: String
        let mode: StoreProxy.Mode
        /// What health must say.
        let says: String
    }

    private static func xml(_ code: String) -> String { "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>no</Message></Error>" }

    private static let answers = [
        Answer(name: "403", mode: .answer(403, [:], xml("AccessDenied")), says: "403"),
        Answer(name: "wrong secret", mode: .answer(403, [:], xml("SignatureDoesNotMatch")), says: "secret_key"),
        Answer(name: "404 NoSuchBucket", mode: .answer(404, [:], xml("NoSuchBucket")), says: "bucket"),
        Answer(name: "409", mode: .answer(409, [:], xml("OperationAborted")), says: "409"),
        Answer(name: "500", mode: .answer(500, [:], xml("InternalError")), says: "500"),
        Answer(name: "503", mode: .answer(503, [:], xml("SlowDown")), says: "503"),
        Answer(name: "half an answer", mode: .halfAnAnswer, says: "PUT"),
        Answer(name: "a reset in mid-upload", mode: .reset(after: 20_000), says: "PUT"),
        Answer(name: "no connection", mode: .refuse, says: "PUT"),
        Answer(name: "silence", mode: .silence, says: "PUT"),
    ]

    @Test("nothing is lost and nothing double, health says what is wrong, and all is delivered without a restart")
    func each() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site("[s3]\ntimeout = \"1s\"\ncreate_bucket = true") { $0.storeEndpoint = proxy.endpoint }
        var all = (0..<3).map { TestPicture("cam1", $0, size: 40_000) }
        for picture in all { try site.cameras().publish(picture) }
        try site.waitForRows(3)
        var number = 100
        for answer in Self.answers {
            proxy.mode = answer.mode
            let pictures = (0..<4).map { TestPicture("cam\($0)", number + $0, size: 40_000) }
            number += 10
            for picture in pictures { try site.cameras().publish(picture) }
            all += pictures
            try site.gateway.waitForFailure(of: "minio", saying: answer.says)
            try eventually("\(answer.name): the pictures in the spool", within: 20) { site.spool?.entries == 4 }
            #expect(site.gateway.isReady, "\(answer.name): pictures are still accepted")
            proxy.mode = .pass
            do { try site.waitForRows(all.count, within: 30) } catch { throw ServiceError("\(answer.name): \(error)") }
            try site.gateway.waitForHealth(within: 20)
        }
        try site.expectStoredOnce(all)
        #expect(site.quarantined.isEmpty)
        try eventually("an empty spool") { site.spool?.entries == 0 }
    }

    @Test("a Retry-After is obeyed, though the backoff would be shorter")
    func retryAfter() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site { $0.storeEndpoint = proxy.endpoint }
        // Longer than the pause between two looks at the bucket, which answers those well.
        proxy.mode = .answerUploads(429, ["Retry-After": "18"], Self.xml("TooManyRequests"))
        let pictures = (0..<6).map { TestPicture("cam\($0)", $0, size: 20_000) }
        let began = Date()
        for picture in pictures { try site.cameras().publish(picture) }
        try site.gateway.waitForFailure(of: "minio", saying: "429")
        try eventually("the pictures in the spool") { site.spool?.entries == 6 }
        let tries = proxy.spoilt
        proxy.mode = .pass
        var wasWell = false
        try eventually("the pause to end", within: 30) {
            // Once an object is there all is well, though its row still follows.
            if site.gateway.health?["minio"]?.ok == true, try site.objects().isEmpty { wasWell = true }
            return try site.rowCount() > 0
        }
        #expect(!wasWell, "health said that all was well while pictures waited and none was tried")
        try site.expectStoredOnce(pictures)
        #expect(Date().timeIntervalSince(began) >= 17.9)
        #expect(proxy.spoilt == tries)
    }

    @Test("a picture refused for its own sake lets the others pass, and is quarantined with the reason after max_attempts")
    func refusedPicture() throws {
        let isMended = Monitor(false)
        let store = try ScriptedHTTPServer { request in
            // The one that is too large.
            let isRefused = request.headers["content-length"] == "50000" && !isMended.read { $0 }
            return isRefused ? .answer(413, [:], Self.xml("EntityTooLarge")) : .answer(200, ["ETag": "\"x\""])
        }
        defer { store.stop() }
        let site = try Site("[drain]\nmax_attempts = 3") { $0.storeEndpoint = store.endpoint }
        try site.cameras().publish(TestPicture("cam1", 1, size: 50_000))
        for number in 2..<6 { try site.cameras().publish(TestPicture("cam1", number, size: 20_000)) }
        try site.waitForRows(4)
        try eventually("the picture in quarantine") { site.spool?.quarantined == 1 && site.spool?.entries == 0 }
        let record = try String(contentsOf: #require(site.quarantined.first { $0.pathExtension == "json" }), encoding: .utf8)
        #expect(record.contains("EntityTooLarge") && record.contains("\"attempts\": 3"), "\(record)")
        #expect(try site.rowCount() == 4)
        isMended.update { $0 = true }
        #expect(try run([gatewayProgram, "spool", "retry", "--all", "--config", site.gateway.config.path]).status == 0)
        try site.waitForRows(5)
        try eventually("an empty spool") { site.spool?.quarantined == 0 && site.spool?.entries == 0 }
    }
}
