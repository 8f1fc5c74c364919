import Clients
import Foundation
import Ingest
import IngestCore
import Platform

/// A stand-in for SHA-256, as long and as sensitive to every byte.
struct TestDigest: SpoolDigest {
    private var states: [UInt64] = [0xcbf2_9ce4_8422_2325, 1, 2, 3]
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { for index in states.indices { states[index] = (states[index] ^ UInt64(byte)) &* 0x100_0000_01b3 } }
    }
    mutating func finish() -> String {
        states.map { state in String(repeating: "0", count: 16 - String(state, radix: 16).count) + String(state, radix: 16) }.joined()
    }
    static func of(_ bytes: [UInt8]) -> String {
        var digest = TestDigest()
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.finish()
    }
}

func testRecord(
    _ bytes: [UInt8], camera: String = "cam7", imageID: String = "i-1", at moment: String = "2026-11-22T08:31:05.123Z",
    type: ContentType = .jpeg
) -> SpoolRecord {
    SpoolRecord(
        Picture(
            camera: CameraUID(camera)!, imageID: imageID, imageIDSource: .camera, topic: "camera/\(camera)/image_json",
            recordedAt: Timestamp(rfc3339: moment)!, size: bytes.count, chunks: 3, sha256: TestDigest.of(bytes), contentType: type,
            bucket: "thermo-raw", key: "\(camera)/\(imageID).\(type.fileExtension)"
        )
    )
}

extension SpoolStore {
    /// - Parameter clock: wall clock in milliseconds.
    static func forTests(_ files: any FileSystem, in directory: String = "/spool", clock: @escaping () -> Int64) -> SpoolStore {
        SpoolStore(directory: directory, files: files, digest: { TestDigest() }, wallClock: { Timestamp(milliseconds: clock()) })
    }

    @discardableResult
    func store(_ record: SpoolRecord, _ bytes: [UInt8]) throws(SpoolError) -> SpoolEntryName {
        try store(record) { write throws(SystemError) in
            // In two pieces, as from a pool.
            for piece in [Array(bytes[..<(bytes.count / 2)]), Array(bytes[(bytes.count / 2)...])] {
                try piece.span.withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(SystemError) in try write(raw) }
            }
        }
    }

    /// Every name of an area in order.
    func all(_ area: SpoolLayout.Area = .pending, _ order: Configuration.Drain.Order = .oldestFirst) -> [SpoolEntryName] {
        let walk = walk(order, in: area)
        var names: [SpoolEntryName] = []
        while true {
            let next = walk.next(3)
            if next.isEmpty { return names }
            names += next
        }
    }

    func scan(
        _ depth: SpoolScan.Depth = .names, budget: Int = 20_000, holds: @escaping (String) -> Bool? = { _ in false }
    ) -> [SpoolScan.Finding] {
        let scan = SpoolScan(self, depth: depth, holdsCapture: holds)
        var findings: [SpoolScan.Finding] = []
        while !scan.isDone { findings += scan.step(budget) }
        return findings
    }
}

/// A picture that is in memory.
final class HeldBytes: BodySource, Sendable {
    private let bytes: [UInt8]
    var count: Int { bytes.count }
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) -> Int {
        let count = min(room.count, bytes.count - offset)
        for index in 0..<count { room[index] = bytes[offset + index] }
        return count
    }
}
