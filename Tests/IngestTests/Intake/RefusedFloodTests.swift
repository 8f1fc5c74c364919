import IngestCore
import Logging
import Platform
import Testing

@testable import Ingest

@Suite("Refused messages in rejected/")
struct RefusedFloodTests {
    @Test("of a flood are kept at a pace, the newest of all within a second")
    func flood() throws {
        let kept = Monitor<[[UInt8]]>([])
        let desk = RefusalReporter(
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, filters: [try TopicFilter("camera/+/image_json")]
        ) {
            refused in kept.update { $0.append(refused.bytes) }
        }
        let start = Instant.current
        let topic = Array("camera/bad/image_json".utf8)
        for number in 0..<10_000 {
            desk.refuse(
                .json, topic: topic.span, payload: [UInt8(number >> 8), UInt8(number & 0xff)].span, now: start + .milliseconds(number / 2))
        }
        #expect(kept.read { $0.count } == 20)
        desk.tellSuppressed(now: start + .seconds(6))
        #expect(kept.read { $0.count } == 21)
        #expect(kept.read { $0.last } == [UInt8(9_999 >> 8), UInt8(9_999 & 0xff)])
        desk.tellSuppressed(now: start + .seconds(8))
        #expect(kept.read { $0.count } == 21, "once")

        // Another camera's are kept beside it.
        desk.refuse(.json, topic: Array("camera/good/image_json".utf8).span, payload: [7].span, now: start + .seconds(8))
        #expect(kept.read { $0.last } == [7])
    }
}
