import Foundation
import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("The doctor's look at clock and disk")
struct DoctorTests {
    private let now = Timestamp(milliseconds: 1_795_336_265_123)

    @Test("compares the clock with the object store's")
    func clock() {
        #expect(Doctor.clock(offset: .milliseconds(400), wall: now).verdict == .good)
        let behind = Doctor.clock(offset: .seconds(86_400), wall: now)
        #expect(behind.verdict == .failed && behind.detail.contains("86400 s behind") && behind.fix?.contains("timedatectl") == true)
        #expect(Doctor.clock(offset: .seconds(-61), wall: now).detail.contains("61 s ahead"))
    }

    @Test("still sees a clock that was never set when there is nothing to compare it with")
    func clockAlone() {
        #expect(Doctor.clock(offset: nil, wall: now).verdict == .good)
        #expect(Doctor.clock(offset: nil, wall: Timestamp(milliseconds: 0)).verdict == .failed)
    }

    @Test("leaves nothing behind in the spool's folder, nor in the one above it before the first start")
    func disk() throws {
        let folder = try TemporaryFolder()
        var settings = Configuration().spool
        settings.keepFree = 1 << 20
        for name in [folder.url.path, folder.file("not/yet/there").path, folder.file("not").path] {
            settings.directory = name
            var findings: [Finding] = []
            SpoolExamination(settings).run { findings.append($0) }
            #expect((findings.map(\.verdict).contains(.failed)) == name.hasSuffix("yet/there"), "\(findings)")
            #expect(try folder.url.checkResourceIsReachable())
        }
        #expect(try FolderContents.of(folder) == [])
    }

    @Test("says when the disk has less than must stay free")
    func space() throws {
        let folder = try TemporaryFolder()
        var settings = Configuration().spool
        settings.directory = folder.url.path
        settings.keepFree = 1 << 60
        var findings: [Finding] = []
        SpoolExamination(settings).run { findings.append($0) }
        #expect(findings.last?.step == "space" && findings.last?.verdict == .failed && findings.last?.fix?.contains("keep_free") == true)
    }
}

private enum FolderContents {
    static func of(_ folder: TemporaryFolder) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.url.path) }
}
