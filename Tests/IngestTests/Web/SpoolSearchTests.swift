import Foundation
import IngestCore
import Platform
import TestServices
import Testing

@testable import Ingest

@Suite("The search for an image id in the spool")
struct SpoolSearchTests {
    @Test("finds what waits and what is in quarantine, of all cameras or of one, again and again")
    func find() throws {
        let folder = try TemporaryFolder()
        let store = SpoolStore.local(folder.url.path)
        try store.prepare()
        try store.store(testRecord([1, 2, 3], camera: "cam7", imageID: "same"), [1, 2, 3])
        let refused = testRecord([4, 5, 6], camera: "cam8", imageID: "same")
        let name = try store.store(refused, [4, 5, 6])
        try store.store(testRecord([7, 8], camera: "cam7", imageID: "other"), [7, 8])
        var record = refused
        record.lastError = "too large"
        try store.quarantine(name, record)

        let search = SpoolSearch(folder.url.path)
        let both = try found("same", nil, search)
        #expect(both.map(\.camera.text) == ["cam7", "cam8"] && both.map(\.state) == [.spooled, .quarantined])
        #expect(both.allSatisfy { $0.foundIn == .spool })
        #expect(both.map(\.reason) == [nil, "too large"] && both[0].total == 3 && both[0].objectName == "cam7/same.jpg")
        #expect(try found("same", CameraUID("cam8"), search).map(\.camera.text) == ["cam8"])
        #expect(try found("none", nil, search).isEmpty)
    }

    @Test("finds a camera's newest picture among those of others and in any hour, also where its name has only part of the uid")
    func newest() throws {
        let folder = try TemporaryFolder()
        let store = SpoolStore.local(folder.url.path)
        try store.prepare()
        let long = String(repeating: "é", count: 60)
        for (camera, imageID, moment) in [
            ("cam7", "old", "2026-11-21T23:59:59.000Z"), ("cam7", "new", "2026-11-22T07:00:02.000Z"),
            ("cam7", "middle", "2026-11-22T07:00:01.000Z"), ("cam77", "later", "2026-11-22T07:00:03.000Z"),
            (long, "cut", "2026-11-21T12:00:00.000Z"), (long + "x", "cut", "2026-11-22T12:00:00.000Z"),
        ] {
            try store.store(testRecord([1], camera: camera, imageID: imageID, at: moment), [1])
        }
        let search = SpoolSearch(folder.url.path)
        func newest(of camera: String) throws -> String? {
            let answer = Monitor<SpoolSearch.Newest?>(nil)
            let hasBegun = search.newest(of: try #require(CameraUID(camera)), until: .current + .seconds(20)) { newest in
                answer.update { $0 = newest }
            }
            #expect(hasBegun)
            let found = answer.wait(atMost: .seconds(20)) { $0 }
            guard case .spooled(let picture)? = found else { return nil }
            #expect(picture.camera.text == camera)
            return picture.imageID
        }
        #expect(try newest(of: "cam7") == "new")
        #expect(try newest(of: "cam77") == "later")
        #expect(try newest(of: long) == "cut")
        #expect(try newest(of: long + "x") == "cut")
        #expect(try newest(of: "cam") == nil)
    }

    private func found(_ imageID: String, _ camera: CameraUID?, _ search: SpoolSearch) throws -> [PublishedImages.Image] {
        let answer = Monitor<[PublishedImages.Image]?>(nil)
        try eventually("the last search to end") {
            search.begin(imageID, camera: camera, until: .current + .seconds(20)) { findings in answer.update { $0 = findings.images } }
        }
        return try #require(answer.wait(atMost: .seconds(20)) { $0 })
    }
}
