import Clients
import Foundation
import IngestCore

/// A picture a test publishes: bytes, whose they are, and how they are cut into messages.
struct TestPicture {
    enum Habit {
        /// Each chunk encoded and padded by itself.
        case parts
        /// The whole encoded, and its text cut.
        case text
    }

    var camera: String
    var imageID: String?
    var bytes: [UInt8]
    var chunkSize = 16 << 10
    var habit = Habit.parts
    /// Further members of single messages, by chunk, as JSON: `"temperature":36.5`.
    var members: [Int: String] = [:]

    /// - Parameter number: pictures of one camera with different numbers differ in each of their chunks.
    init(_ camera: String, _ number: Int, imageID: String? = nil, size: Int = 20_000, chunkSize: Int = 16 << 10, habit: Habit = .parts) {
        self.camera = camera
        self.imageID = imageID
        self.chunkSize = chunkSize
        self.habit = habit
        bytes = Self.noise(size)
        let stamp = Array("\(camera)#\(number);".utf8)
        for start in stride(from: 4, to: size, by: min(chunkSize, 1024)) {
            for (offset, byte) in stamp.enumerated() where start + offset < size { bytes[start + offset] = byte }
        }
        bytes.replaceSubrange(0..<min(4, size), with: [0xff, 0xd8, 0xff, 0xe0].prefix(size))
    }

    init(_ camera: String, bytes: [UInt8], imageID: String? = nil, chunkSize: Int = 16 << 10, habit: Habit = .parts) {
        self.camera = camera
        self.imageID = imageID
        self.bytes = bytes
        self.chunkSize = chunkSize
        self.habit = habit
    }

    var sha256: String { (try? Hex.lower(SHA256.digest(of: bytes.span))) ?? "" }
    var topic: String { "camera/\(camera)/image_json" }

    /// The messages, in index order, as firmware sends them.
    var messages: [String] {
        let texts: [String]
        switch habit {
        case .parts:
            texts = stride(from: 0, to: bytes.count, by: chunkSize).map {
                Data(bytes[$0..<min($0 + chunkSize, bytes.count)]).base64EncodedString()
            }
        case .text:
            let whole = Array(Data(bytes).base64EncodedString().utf8)
            texts = stride(from: 0, to: whole.count, by: chunkSize).map {
                String(decoding: whole[$0..<min($0 + chunkSize, whole.count)], as: UTF8.self)
            }
        }
        return texts.enumerated().map { index, text in
            let id = imageID.map { ",\"image_id\":\"\($0)\"" } ?? ""
            let more = members[index].map { $0 + "," } ?? ""
            return "{\(more)\"id\":\"sensor\",\"index\":\(index),\"total\":\(texts.count)\(id),\"data\":\"\(text)\"}"
        }
    }

    /// The same bytes for every test; quick, for tests run unoptimised.
    private static func noise(_ size: Int) -> [UInt8] {
        if size <= reservoir.count { return Array(reservoir[..<size]) }
        return (0...(size / reservoir.count)).flatMap { _ in reservoir }.prefix(size) + []
    }

    private static let reservoir: [UInt8] = {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        var bytes = [UInt8]()
        bytes.reserveCapacity(1 << 18)
        while bytes.count < 1 << 18 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }()
}
