import Foundation
import Ingest
import IngestCore
import Testing

@Suite("A spool record's JSON")
struct SpoolRecordJSONTests {
    private let record: SpoolRecord = {
        var record = testRecord([1, 2, 3], camera: "cäm \"7\"")
        record.uploaded = true
        record.objectVersion = "v1"
        record.attempts = 4
        record.lastError = "PUT: 403\nno \u{1b} entry"
        record.nextAttempt = Timestamp(rfc3339: "2026-11-22T09:00:00.000Z")
        return record
    }()

    private func changed(_ change: (inout [String: Any]) -> Void) throws -> [UInt8] {
        var object = try #require(try JSONSerialization.jsonObject(with: Data(record.json)) as? [String: Any])
        change(&object)
        return Array(try JSONSerialization.data(withJSONObject: object))
    }

    @Test("is read back as it was")
    func roundTrip() throws {
        #expect(try SpoolRecord(json: record.json) == record)
        let fresh = testRecord([1])
        #expect(try SpoolRecord(json: fresh.json) == fresh)
    }

    @Test("has exactly the named members, in order, one a line")
    func members() {
        let names = String(decoding: record.json, as: UTF8.self).split(separator: "\n").compactMap { line in
            line.split(separator: "\"").count > 1 ? String(line.split(separator: "\"")[1]) : nil
        }
        let expected = """
            version camera_uid image_id image_id_source topic recorded_at size chunks sha256 content_type bucket key uploaded \
            object_version attempts last_error next_attempt
            """
        #expect(names.joined(separator: " ") == expected)
    }

    @Test("may lack the last four and have members of its own")
    func tolerant() throws {
        let json = try changed { object in
            for name in ["object_version", "attempts", "last_error", "next_attempt"] { object[name] = nil }
            object["note"] = ["by": "hand"]
        }
        let read = try SpoolRecord(json: json)
        #expect(read.picture == record.picture && read.attempts == 0 && read.lastError == nil)
    }

    @Test("is refused with a reason when it is no valid record")
    func refused() throws {
        let changes: [(String, Any?, String)] = [
            ("version", 2, "version 2 is not 1"), ("camera_uid", nil, "camera_uid is missing"),
            ("camera_uid", "", "camera_uid is no camera uid"),
            ("image_id", "../x", "image_id is no image id"), ("image_id_source", "x", "image_id_source is unknown"),
            ("recorded_at", "yesterday", "recorded_at is no RFC 3339 moment in UTC"), ("size", 0, "size is not above zero"),
            ("size", "3", "size has the wrong type"), ("chunks", -1, "chunks is not above zero"),
            ("sha256", "ABC", "sha256 is not 64 lower-case hex digits"), ("content_type", "text/html", "content_type is unknown"),
            ("bucket", "", "bucket is empty"), ("key", "", "key is empty"), ("uploaded", nil, "uploaded is missing"),
            ("uploaded", NSNull(), "uploaded has the wrong type"), ("attempts", -1, "attempts is below zero"),
            ("next_attempt", "soon", "next_attempt is no RFC 3339 moment in UTC"),
        ]
        for (member, value, reason) in changes {
            let json = try changed { $0[member] = value }
            #expect(throws: SpoolDamage.record(reason)) { try SpoolRecord(json: json) }
        }
        #expect(throws: SpoolDamage.record("it is not JSON")) { try SpoolRecord(json: Array(record.json.dropLast(9))) }
        #expect(throws: SpoolDamage.record("it is not JSON")) { try SpoolRecord(json: []) }
        #expect(throws: SpoolDamage.self) { try SpoolRecord(json: [UInt8](repeating: 32, count: 70_000)) }
    }
}
