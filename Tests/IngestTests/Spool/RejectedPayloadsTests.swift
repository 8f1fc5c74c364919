import Foundation
import Ingest
import IngestCore
import Platform
import TestFiles
import Testing

@Suite("Rejected payloads")
struct RejectedPayloadsTests {
    private let files = ModelFiles()
    private let now = Timestamp(rfc3339: "2026-11-22T08:31:05.123Z")!

    init() throws { try files.makeDirectory("/rejected") }

    private func keep(
        _ payload: [UInt8], in rejected: RejectedPayloads, camera: String?, reason: Refusal, at now: Timestamp
    ) throws {
        try rejected.keep(payload.span, camera: camera, reason: reason, at: now)
    }

    private func names() throws -> [String] {
        let stream = try files.directory("/rejected")
        var names: [String] = []
        while let name = try stream.next() { names.append(name) }
        return names.sorted()
    }

    @Test("are kept by time, camera and reason, whatever the camera is called")
    func kept() throws {
        let rejected = RejectedPayloads("/rejected", limit: 1 << 20, files: files)
        try keep([1, 2], in: rejected, camera: "../cam\n7", reason: .base64, at: now)
        try keep([3], in: rejected, camera: "../cam\n7", reason: .base64, at: now)
        try keep([], in: rejected, camera: nil, reason: .cameraUID, at: now)
        #expect(
            try names() == [
                "20261122T083105.123Z~..%2Fcam%0A7~base64.payload", "20261122T083105.123Z~..%2Fcam%0A7~base64~2.payload",
                "20261122T083105.123Z~unknown~camera_uid.payload",
            ]
        )
        #expect(try files.contents(of: "/rejected/20261122T083105.123Z~..%2Fcam%0A7~base64.payload", limit: 9) == [1, 2])
    }

    @Test("stay within their bytes: the oldest go, over restarts too")
    func ring() throws {
        var rejected = RejectedPayloads("/rejected", limit: 40_960, files: files)
        for second in 0..<30 {
            try keep([1], in: rejected, camera: "c", reason: .json, at: Timestamp(milliseconds: now.milliseconds + Int64(second) * 1000))
            if second == 15 {
                rejected = RejectedPayloads("/rejected", limit: 40_960, files: files)
                try rejected.load()
            }
        }
        #expect(rejected.count == 10 && rejected.allocated == 40_960)
        #expect(try names().count == 10 && names().first == "20261122T083125.123Z~c~json.payload")
        let smaller = RejectedPayloads("/rejected", limit: 0, files: files)
        try smaller.load()
        #expect(try names().isEmpty)
    }

    @Test("are cut when one alone would take too much")
    func large() throws {
        let rejected = RejectedPayloads("/rejected", limit: 40_960, files: files)
        try keep([UInt8](repeating: 7, count: 50_000), in: rejected, camera: "c", reason: .tooLarge, at: now)
        #expect(try names() == ["20261122T083105.123Z~c~too_large~first-10240-of-50000.payload"])
    }
}
