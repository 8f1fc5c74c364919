import Foundation
import Testing

@testable import IngestCore

@Suite("A chunk writer")
struct ChunkWriterTests {
    private struct Message: Decodable, Equatable {
        var id: String
        var index: Int
        var total: Int
        var imageID: String?
        var data: String

        private enum CodingKeys: String, CodingKey {
            case id, index, total, data
            case imageID = "image_id"
        }
    }

    private let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    @Test("cuts the bytes and encodes each piece by itself")
    func parts() throws {
        for chunkSize in [1, 2, 3, 4, 64, 100, 999, 1000, 5000] {
            let messages = try messages(.parts, chunkSize: chunkSize)
            let joined = try messages.reduce(into: Data()) { $0 += try #require(Data(base64Encoded: $1.data)) }
            #expect(Array(joined) == bytes, "chunks of \(chunkSize)")
            #expect(messages.count == (1000 + chunkSize - 1) / chunkSize)
        }
    }

    @Test("cuts the text, at any character")
    func text() throws {
        for chunkSize in [1, 2, 3, 4, 5, 6, 7, 64, 101, 1335, 1336, 9000] {
            let messages = try messages(.text, chunkSize: chunkSize)
            #expect(messages.map(\.data).joined() == Data(bytes).base64EncodedString(), "chunks of \(chunkSize)")
            #expect(messages.dropLast().allSatisfy { $0.data.count == chunkSize })
        }
    }

    @Test("numbers the chunks and names camera and capture, whatever characters their names have")
    func names() throws {
        let messages = try messages(.parts, chunkSize: 400, camera: "a \"b\"\\\u{1}é", imageID: "i-1")
        #expect(messages.map(\.index) == [0, 1, 2])
        #expect(messages.allSatisfy { $0.total == 3 && $0.id == "a \"b\"\\\u{1}é" && $0.imageID == "i-1" })
        #expect(try self.messages(.parts, chunkSize: 400)[0].imageID == nil)
    }

    private func messages(
        _ encoding: ChunkWriter.Encoding, chunkSize: Int, camera: String = "cam1", imageID: String? = nil
    ) throws -> [Message] {
        var writer = ChunkWriter(encoding: encoding, chunkSize: chunkSize)
        let picture = SimulatedPicture(frame: bytes)
        return try (0..<writer.total(size: bytes.count)).map {
            writer.write($0, of: picture, camera: camera, imageID: imageID)
            return try JSONDecoder().decode(Message.self, from: Data(writer.payload))
        }
    }
}
