import Foundation
import IngestCore
import Testing

@testable import Ingest

@Suite("What the page is told of cameras")
struct OverviewAnswerTests {
    @Test("tells what the newest picture is that can be shown, and whether one is on its way")
    func newest() throws {
        let board = PublishedCameras()
        let (old, new) = (PictureFixture.make("cam1", "a", at: 1000), PictureFixture.make("cam1", "b", at: 2000))
        board.completed(old)
        #expect(try answer(board)["shown_at"] == nil && answer(board)["last_image_at"] as? String == "1970-01-01T00:00:01.000Z")
        board.left(old, as: .spooled)
        board.completed(new)
        let camera = try answer(board)
        #expect(camera["shown_at"] as? String == "1970-01-01T00:00:01.000Z" && camera["spooled"] as? Bool == true)
        #expect(camera["last_image_at"] as? String == "1970-01-01T00:00:02.000Z" && camera["images"] as? Int == 2)
        board.left(new, as: .stored, rowID: "1")
        #expect(try answer(board)["shown_at"] as? String == "1970-01-01T00:00:02.000Z" && answer(board)["spooled"] as? Bool == false)
    }

    @Test("tells the gaps of an open capture, and not without end")
    func gaps() throws {
        let board = PublishedCameras()
        var missing = IndexRanges()
        for index in 0..<1000 where index % 2 == 1 || index == 8 { missing.append(index) }
        let uid = try #require(CameraUID("cam1"))
        board.images.show([OpenCapture(camera: uid, imageID: "a", received: 499, total: 1000, missing: missing)], now: .current)
        let current = try #require(answer(board)["current"] as? [String: Any])
        let gaps = try #require(current["missing"] as? [[Int]])
        #expect(
            Array(gaps.prefix(6)) == [[1, 1], [3, 3], [5, 5], [7, 9], [11, 11], [13, 13]] && gaps.count == OverviewAnswer.mostGaps)
        #expect(current["received"] as? Int == 499 && current["total"] as? Int == 1000)
    }

    private func answer(_ board: PublishedCameras) throws -> [String: Any] {
        let (camera, capture) = try #require(board.all.first)
        let bytes = try JSONEncoder().encode(OverviewAnswer.Camera(camera, capture))
        return try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }
}
