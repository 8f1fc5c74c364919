import Testing

@testable import Ingest
@testable import IngestCore

@Suite("The board of single pictures")
struct PublishedImagesTests {
    private let board = PublishedImages()

    private func moment(_ seconds: Int) -> Instant { Instant(sinceBoot: .seconds(seconds)) }

    @Test("follows a picture from its chunks to its row")
    func way() throws {
        let uid = try #require(CameraUID("cam7"))
        board.show([open("cam7", "a", 1, of: 3)], now: moment(1))
        #expect(board.find("a").map(\.state) == [.assembling])
        #expect(board.find("a")[0].missing.description == "1-2" && board.current[uid]?.received == 1)

        let picture = PictureFixture.make("cam7", "a")
        board.delivering(picture, now: moment(2))
        #expect(board.find("a").map(\.state) == [.delivering] && board.current.isEmpty, "the snapshot is older than the end")
        board.left(picture, as: .spooled)
        #expect(board.find("a").map(\.state) == [.spooled])
        board.left(picture, as: .stored, rowID: "42")
        let stored = try #require(board.find("a").first)
        #expect(stored.state == .stored && stored.rowID == "42" && stored.objectName == picture.key && stored.missing.count == 0)
    }

    @Test("shows a capture that takes the name of one that ended")
    func reusedName() {
        board.delivering(PictureFixture.make("cam7", "a"), now: moment(1))
        board.show([open("cam7", "a", 1, of: 3)], now: moment(2))
        #expect(board.find("a").map(\.state) == [.assembling])
    }

    @Test("does not let the end of an older picture hide a newer one of the same name")
    func olderEnd() {
        let (old, new) = (PictureFixture.make("cam7", "a", at: 1000), PictureFixture.make("cam7", "a", at: 2000))
        board.delivering(old, now: moment(1))
        board.delivering(new, now: moment(2))
        board.left(old, as: .stored, rowID: "1")
        #expect(board.find("a").map(\.state) == [.delivering])
        board.left(new, as: .stored, rowID: "2")
        #expect(board.find("a").map(\.rowID) == ["2"])
    }

    @Test("keeps the captures of two cameras under one name apart")
    func twoCameras() {
        board.delivering(PictureFixture.make("cam8", "a"), now: moment(1))
        board.show([open("cam7", "a", 2, of: 3)], now: moment(1))
        #expect(board.find("a").map(\.camera.text) == ["cam7", "cam8"])
        #expect(board.find("a", camera: CameraUID("cam8")).map(\.state) == [.delivering])
        #expect(board.find("a", camera: CameraUID("cam9")).isEmpty && board.find("b").isEmpty)
    }

    @Test("says why a capture was given up, and which chunks never came")
    func abandoned() throws {
        var missing = IndexRanges()
        missing.append(1)
        let gone = AbandonedCapture(
            handle: CaptureHandle(serial: 1, record: CaptureID(record: 0)), camera: try #require(CameraUID("cam7")), imageID: "a",
            source: .camera,
            reason: .timeout,
            total: 3, received: 2, missing: missing,
            age: .seconds(1), counts: true, tag: 1, fate: .gone)
        board.abandoned(gone)
        let image = try #require(board.find("a").first)
        #expect(image.state == .abandoned && image.reason == "timeout" && image.received == 2 && image.missing == missing)
    }

    @Test("remembers the newest ends and forgets the others")
    func bound() {
        for number in 0..<PublishedImages.mostEnds + 10 { board.delivering(PictureFixture.make("cam7", "i\(number)"), now: moment(1)) }
        #expect(board.find("i9").isEmpty)
        #expect(!board.find("i10").isEmpty && !board.find("i\(PublishedImages.mostEnds + 9)").isEmpty)
        // One name again and again takes one place.
        for _ in 0..<20 { board.delivering(PictureFixture.make("cam7", "i\(PublishedImages.mostEnds)"), now: moment(1)) }
        #expect(board.find("i\(PublishedImages.mostEnds)").count == 1)
    }

    private func open(_ camera: String, _ imageID: String, _ received: Int, of total: Int) -> OpenCapture {
        var missing = IndexRanges()
        for index in received..<total { missing.append(index) }
        return OpenCapture(camera: CameraUID(camera)!, imageID: imageID, received: received, total: total, missing: missing)
    }
}

enum PictureFixture {
    static func make(_ camera: String, _ imageID: String, at milliseconds: Int64 = 1_795_336_265_123, key: String? = nil) -> Picture {
        Picture(
            camera: CameraUID(camera)!, imageID: imageID, imageIDSource: .camera, topic: "camera/\(camera)/image_json",
            recordedAt: Timestamp(milliseconds: milliseconds), size: 4, chunks: 3, sha256: String(repeating: "0", count: 64),
            contentType: .jpeg, bucket: "thermo-raw", key: key ?? "\(camera)/\(imageID)-1795336265.jpg")
    }
}
