import Foundation
import Logging
import Testing

@testable import Platform

@Suite("A log line")
struct LogFormatsTests {
    private func record(_ message: String, _ fields: Logger.Metadata = [:], level: Logger.Level = .warning) -> LogRecord {
        LogRecord(level: level, message: message, fields: fields, label: "intake", time: 1_795_336_265_123)
    }

    @Test("as text has time, level, message and fields, quoted where unclear")
    func text() {
        let line = TextFormat.line(record("chunk refused", ["camera_uid": "cam7", "why": "no json", "message_id": "0123"]))
        #expect(line == "2026-11-22T08:31:05.123Z warning  chunk refused camera_uid=cam7 why=\"no json\"")
    }

    @Test("as JSON is one object that parses, whatever is in it")
    func json() throws {
        let nasty = "line\nbreak \u{1b}[31m \"quoted\" \\ \u{7f}\u{85}\u{2028} ü"
        let line = JSONFormat.line(
            record(nasty, ["camera_uid": .string(nasty), "count": .stringConvertible(3), "list": ["a", "b"], "message": "own"])
        )
        #expect(!line.unicodeScalars.contains(where: LogText.isUnfit))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == nasty)
        #expect(object["camera_uid"] as? String == nasty)
        #expect(object["count"] as? Int == 3)
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect(object["level"] as? String == "warning")
        #expect(object["time"] as? String == "2026-11-22T08:31:05.123Z")
        #expect(object["field_message"] as? String == "own")
    }

    @Test("holds no control character in any format")
    func control() {
        let nasty = String(String.UnicodeScalarView((0..<0xa0).compactMap { Unicode.Scalar($0) }))
        let record = record(nasty, ["key": .string(nasty), "ke\ny": "x"])
        for line in [TextFormat.line(record), JSONFormat.line(record)] {
            #expect(!line.unicodeScalars.contains(where: LogText.isUnfit))
        }
        let datagram = String(decoding: JournalFormat.datagram(self.record("a\nPRIORITY=0\u{1b}")), as: UTF8.self)
        #expect(datagram.hasPrefix("MESSAGE=a\\nPRIORITY=0\\u001b\n"))
    }

    @Test("for the journal has upper-case fields, priority, identifier and message id")
    func journal() {
        let fields: Logger.Metadata = [
            "camera_uid": "cam7", "image_id": "i-1", "message_id": "8d45620c1a4348dbb17410da57c60c66", "_hidden": "x", "priority": "0",
        ]
        let lines = String(decoding: JournalFormat.datagram(record("hello", fields, level: .error)), as: UTF8.self).split(separator: "\n")
        #expect(
            lines == [
                "MESSAGE=hello", "PRIORITY=3", "SYSLOG_IDENTIFIER=thermo-ingest", "LOGGER=intake", "HIDDEN=x", "CAMERA_UID=cam7",
                "IMAGE_ID=i-1", "MESSAGE_ID=8d45620c1a4348dbb17410da57c60c66", "FIELD_PRIORITY=0",
            ]
        )
    }

    @Test("for the journal gives a value of several lines with its length")
    func multiline() {
        let datagram = JournalFormat.datagram(record("m", ["missing": "1\n2"]))
        let expected: [UInt8] = Array("MISSING\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("1\n2\n".utf8)
        #expect(datagram.suffix(expected.count).elementsEqual(expected))
    }
}

@Suite("The journal writer")
struct JournalWriterTests {
    private func record(_ message: String) -> LogRecord {
        LogRecord(level: .info, message: message, fields: [:], label: "test", time: 0)
    }

    @Test("sends small entries as datagrams and large ones as files")
    func sizes() throws {
        let receiver = try DatagramReceiver()
        let writer = try JournalWriter(path: receiver.path)
        writer.write(record("small"))
        #expect(try receiver.receiveText().hasPrefix("MESSAGE=small\n"))
        let large = String(repeating: "x", count: 3 << 20)
        writer.write(record(large))
        #expect(try receiver.receiveText().hasPrefix("MESSAGE=\(large)\nPRIORITY=6\n"))
    }

    @Test("does not stop the program when the journal hangs, and tells what was lost")
    func hanging() throws {
        let receiver = try DatagramReceiver()
        let writer = try JournalWriter(path: receiver.path)
        let begun = MonotonicClock.now()
        for index in 0..<2000 { writer.write(record("\(index)")) }
        #expect(MonotonicClock.now() - begun < .seconds(10))
        var kept = 0
        while try receiver.receiveText().hasPrefix("MESSAGE=\(kept)\n") {
            kept += 1
            if kept % 4 == 0 { writer.write(record("again")) }
            if kept > 2000 { break }
        }
        // The first entry beyond those that fitted is one written after there was room, and the report follows it.
        let report = try receiver.receiveText()
        #expect(report.contains("log lines were lost"), "\(report)")
    }

    @Test("recognises a standard error that leads to the journal")
    func stream() throws {
        let receiver = try DatagramReceiver()
        var status = stat()
        fstat(STDERR_FILENO, &status)
        func leads(_ value: String?) -> Bool {
            JournalWriter.standardErrorLeadsToJournal(environment: { _ in value }, path: receiver.path)
        }
        #expect(leads("\(status.st_dev):\(status.st_ino)"))
        #expect(!leads("\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!leads(nil))
        #expect(!JournalWriter.standardErrorLeadsToJournal(environment: { _ in "\(status.st_dev):\(status.st_ino)" }, path: "/nonexistent"))
    }
}

@Suite("The log handler")
struct ThresholdLogHandlerTests {
    private final class Collector: LogWriter {
        let lines = Monitor<[String]>([])
        func write(_ record: LogRecord) {
            let fields = record.fields.map { " \($0.key)=\($0.value)" }.joined()
            lines.update { $0.append(record.message + fields) }
        }
    }

    @Test("follows a level that changes while loggers are in use")
    func level() {
        let (threshold, collector) = (LogThreshold(.info), Collector())
        let logger = Logger(label: "test") { ThresholdLogHandler(label: $0, threshold: threshold, writer: collector) }
        logger.debug("one")
        threshold.current = .debug
        logger.debug("two")
        threshold.current = .error
        logger.warning("three")
        #expect(collector.lines.read { $0 } == ["two"])
    }

    @Test("writes elsewhere when it is told to, while loggers are in use")
    func switched() {
        let (first, second) = (Collector(), Collector())
        let writer = SwitchedLogWriter(first)
        let logger = Logger(label: "test") { ThresholdLogHandler(label: $0, threshold: LogThreshold(.info), writer: writer) }
        logger.info("one")
        writer.use(second)
        logger.info("two")
        #expect(first.lines.read { $0 } == ["one"] && second.lines.read { $0 } == ["two"])
    }

    @Test("joins a logger's fields with the line's, and ends the message with the error")
    func fields() {
        struct Failure: Error, CustomStringConvertible { let description = "no route" }
        let (threshold, collector) = (LogThreshold(.info), Collector())
        var logger = Logger(label: "test") { ThresholdLogHandler(label: $0, threshold: threshold, writer: collector) }
        logger[metadataKey: "camera_uid"] = "cam7"
        logger.warning("cannot connect", error: Failure(), metadata: ["attempt": "2"])
        #expect(collector.lines.read { $0 } == ["cannot connect: no route attempt=2 camera_uid=cam7 error=no route"])
    }

    @Test("writes one line a record, whole")
    func lines() throws {
        let (ends, threshold) = (Pipe(), LogThreshold(.info))
        let writer = LineWriter(descriptor: ends.fileHandleForWriting.fileDescriptor, format: TextFormat.line)
        let logger = Logger(label: "test") { ThresholdLogHandler(label: $0, threshold: threshold, writer: writer) }
        logger.info("first\nnot a second")
        logger.info("second")
        try ends.fileHandleForWriting.close()
        let text = String(decoding: try #require(try ends.fileHandleForReading.readToEnd()), as: UTF8.self)
        #expect(text.split(separator: "\n").count == 2 && text.hasSuffix("second\n"))
    }
}
