import Foundation
import IngestCore
import Testing

@testable import Ingest

@Suite("Answers about cameras and pictures")
struct AnswersTests {
    @Test("name every camera, those with nothing but an open capture too, with null for what there is not")
    func cameras() throws {
        let board = PublishedCameras()
        board.completed(PictureFixture.make("cam2", "a"))
        let open = OpenCapture(camera: CameraUID("cam1")!, imageID: "b", received: 2, total: 5, missing: IndexRanges())
        board.images.show([open], now: .current)
        let answer = try object(CamerasAnswer(board))
        let cameras = try #require(answer["cameras"] as? [[String: Any]])
        #expect(cameras.map { $0["uid"] as? String } == ["cam1", "cam2"])
        #expect(cameras[0]["last_image_at"] is NSNull && cameras[0]["images"] as? Int == 0 && cameras[0]["incomplete"] as? Int == 0)
        let current = try #require(cameras[0]["current"] as? [String: Any])
        #expect(current["image_id"] as? String == "b" && current["received"] as? Int == 2 && current["total"] as? Int == 5)
        #expect(cameras[1]["last_image_at"] as? String == "2026-11-22T08:31:05.123Z" && cameras[1]["current"] is NSNull)
        #expect(Set(cameras[1].keys) == ["uid", "last_image_at", "images", "incomplete", "current"])
    }

    @Test("list the missing chunks one by one")
    func image() throws {
        var missing = IndexRanges()
        for index in [1, 2, 4] { missing.append(index) }
        let image = PublishedImages.Image(
            camera: CameraUID("cam 7/é")!, imageID: "a", state: .assembling, received: 2, total: 5, missing: missing)
        let answer = try object(ImageAnswer(image: image))
        #expect(answer["missing"] as? [Int] == [1, 2, 4] && answer["state"] as? String == "assembling")
        #expect(answer["camera"] as? String == "cam 7/é" && answer["object_name"] is NSNull && answer["row_id"] is NSNull)
    }

    @Test("remember the newest picture of a camera that can be looked at, though older ones are drained later")
    func newest() throws {
        let board = PublishedCameras()
        let uid = try #require(CameraUID("cam1"))
        let (old, new) = (PictureFixture.make("cam1", "a", at: 1000), PictureFixture.make("cam1", "b", at: 2000))
        for picture in [old, new] { board.completed(picture) }
        #expect(board[uid]?.newest == nil)
        board.left(new, as: .spooled)
        board.left(old, as: .stored, rowID: "1")
        #expect(board[uid]?.newest?.picture.imageID == "b" && board[uid]?.newest?.isSpooled == true)
        board.left(new, as: .stored, rowID: "2")
        #expect(board[uid]?.newest?.isSpooled == false)
        board.left(PictureFixture.make("cam1", "c", at: 3000), as: .quarantined)
        #expect(board[uid]?.newest?.picture.imageID == "b")
    }

    @Test("take a picture of before the start for a camera's newest until a newer one is there, and count it nowhere")
    func found() throws {
        let board = PublishedCameras()
        let uid = try #require(CameraUID("cam1"))
        let (older, old) = (PictureFixture.make("cam1", "i1", at: 1000), PictureFixture.make("cam1", "i2", at: 2000))
        let new = PictureFixture.make("cam1", "i3", at: 3000)
        board.found(old, isSpooled: true)
        board.found(older, isSpooled: false)
        #expect(board[uid]?.newest?.picture.imageID == "i2" && board[uid]?.newest?.isSpooled == true)
        #expect(board[uid]?.lastImage == old.recordedAt && board[uid]?.images == 0)
        board.completed(new)
        board.found(old, isSpooled: true)
        #expect(board[uid]?.lastImage == new.recordedAt && board[uid]?.images == 1 && board[uid]?.newest?.picture.imageID == "i2")
        board.left(new, as: .stored, rowID: "3")
        #expect(board[uid]?.newest?.picture.imageID == "i3")
    }

    @Test("take the last of several pictures of one moment for the newest, in whatever order they are stored")
    func burst() throws {
        let board = PublishedCameras()
        let uid = try #require(CameraUID("cam1"))
        let burst = ["a", "b", "c"].map { PictureFixture.make("cam1", $0, at: 1000) }
        for picture in burst { board.completed(picture) }
        for number in [2, 0, 1] { board.left(burst[number], as: .stored, rowID: "\(number)") }
        #expect(board[uid]?.newest?.picture.imageID == "c")
        board.left(burst[2], as: .stored, rowID: "2")
        #expect(board[uid]?.newest?.picture.imageID == "c")
    }

    private func object(_ answer: some Encodable) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(answer)) as? [String: Any])
    }
}
