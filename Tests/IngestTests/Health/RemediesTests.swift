import Clients
import Foundation
import IngestCore
import Logging
import Platform
import TestServices
import Testing

@testable import Ingest

@Suite("What people are told to do")
struct RemediesTests {
    @Test("follows what happened as a sentence of its own, with one full stop")
    func sentences() {
        #expect("it is full".followed(by: "make room") == "it is full. Make room.")
        #expect("is it on?".followed(by: "turn it on.") == "is it on? Turn it on.")
        #expect("it is full.".followed(by: "") == "it is full.")
        #expect("out of reach..".sentence == "out of reach.")
    }

    @Test("names the broker, the reason and the next step")
    func broker() {
        let error = MosquittoError(.connect, "mqtt://b:1883", .network(ECONNREFUSED))
        #expect(
            error.advice
                == "connect mqtt://b:1883: Connection refused. Start the broker, or correct [mqtt] url: nobody listens there.")
        let dropped = MosquittoError(.converse, "mqtt://b:1883", .hungUp)
        #expect(dropped.advice.contains("client_id"))
    }

    @Test("is told anew when a store that was out of reach now needs a person")
    func classChanges() {
        let (log, told) = CollectedLog.make()
        let reporter = BackendReporter(check: .minio, health: PublishedHealth(checks: HealthCheck.allCases), log: log)
        for _ in 0..<3 { reporter.heard(DeliveryFailure(.retry(after: nil), "refused.")) }
        for _ in 0..<3 { reporter.heard(DeliveryFailure(.operatorNeeded, "AccessDenied: give the key the right to write")) }
        reporter.heard(nil)
        #expect(
            told.messages == [
                "minio is away: refused. Pictures are kept and tried again.",
                "minio needs an operator: AccessDenied: give the key the right to write. Pictures are kept and tried again.",
                "minio is back",
            ])
    }
}

@Suite("Refused pictures in the log")
struct RefusedPicturesTests {
    @Test("name each picture, but of a camera all of whose pictures are refused not more than twenty a minute")
    func flood() {
        let (log, told) = CollectedLog.make()
        let reporter = BackendReporter(check: .minio, health: PublishedHealth(checks: HealthCheck.allCases), log: log)
        for _ in 0..<200 { reporter.heard(DeliveryFailure(.picture, "413"), about: testRecord([1], camera: "large").picture) }
        reporter.heard(DeliveryFailure(.picture, "413"), about: testRecord([1], camera: "other").picture)
        #expect(told.messages.count { $0.contains("camera large") } == 20)
        #expect(told.messages.count { $0.contains("camera other") } == 1)
    }
}

@Suite("Refused messages in the log")
struct RefusalReporterTests {
    @Test("name the camera, one line a camera and reason, and in the end how many there were")
    func suppressed() throws {
        let (log, told) = CollectedLog.make()
        let desk = RefusalReporter(log: log, filters: [try TopicFilter("camera/+/image_json")]) { _ in }
        let start = Instant.current
        for topic in ["camera/cam7/image_json", "camera/cam8/image_json"] {
            let bytes = Array(topic.utf8)
            for _ in 0..<5 { desk.refuse(.json, topic: bytes.span, payload: bytes.span, now: start) }
        }
        desk.tellSuppressed(now: start + .seconds(60))
        let lines = told.records
        let cameras = lines.map { $0.fields.first { $0.key == "camera_uid" }?.value.description ?? "none" }
        #expect(Array(cameras.prefix(2)) == ["cam7", "cam8"] && cameras.dropFirst(2).sorted() == ["cam7", "cam8"], "\(cameras)")
        #expect(lines.allSatisfy { $0.fields.contains { $0.key == "message_id" && $0.value == "\(EventKind.messageRefused.rawValue)" } })
        #expect(lines.dropFirst(2).allSatisfy { $0.message.hasPrefix("Refused 4 more messages on topic camera/cam") }, "\(lines)")
    }
}

/// What was logged from level info on.
private struct CollectedLog: LogWriter {
    private let kept = Monitor<[LogRecord]>([])

    var records: [LogRecord] { kept.read { $0 } }
    var messages: [String] { records.map(\.message) }

    func write(_ record: LogRecord) { kept.update { $0.append(record) } }

    static func make() -> (log: Logger, told: CollectedLog) {
        let told = CollectedLog()
        return (Logger(label: "test") { ThresholdLogHandler(label: $0, threshold: LogThreshold(.info), writer: told) }, told)
    }
}
