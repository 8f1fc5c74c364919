import Foundation
import Glibc
import IngestCore
import Platform
import TestServices
import Testing

@testable import Ingest

/// What may stand in the place of an entry's files on real file systems. None of it holds anything up.
@Suite("What stands in a file's place", .serialized)
struct SpoolOdditiesTests {
    enum Oddity: String, CaseIterable {
        case folder, loop, danglingLink, link, pipe, socket, device

        func make(_ path: String) -> Bool {
            switch self {
            case .folder: mkdir(path, 0o755) == 0
            case .loop: symlink(path, path) == 0
            case .danglingLink: symlink("/nowhere", path) == 0
            case .link: symlink("/etc/hostname", path) == 0
            case .pipe: mkfifo(path, 0o644) == 0
            case .socket: mknod(path, S_IFSOCK | 0o644, 0) == 0
            // /dev/zero, which has no end. Only root may make one.
            case .device: mknod(path, S_IFCHR | 0o644, 0x105) == 0
            }
        }
    }

    private let folder: TemporaryFolder
    private let store: SpoolStore

    init() throws {
        folder = try TemporaryFolder()
        store = SpoolStore.forTests(LocalFiles(), in: folder.file("spool").path) { MonotonicClock.wallMilliseconds() + 60_000 }
        try store.prepare()
    }

    @Test("is told, and all other entries are read", arguments: Oddity.allCases, ["json", "jpg"])
    func oneFile(oddity: Oddity, fileExtension: String) throws {
        let names = try (0..<3).map { number in
            try store.store(testRecord([UInt8(number)], imageID: "i\(number)", at: "2026-11-22T0\(number):00:00Z"), [UInt8(number)])
        }
        let path = store.layout.file(.pending, names[1], fileExtension)
        try FileManager.default.removeItem(atPath: path)
        guard oddity.make(path) else { return #expect(oddity == .device && errno == EPERM) }
        #expect(store.scan().isEmpty, "a scan of names finds two halves of everything")
        do throws(SpoolError) {
            _ = try store.verify(names[1])
            Issue.record("\(oddity) was read")
        } catch {
            let code = oddity == .folder ? EISDIR : [.loop, .danglingLink, .link].contains(oddity) ? ELOOP : ENOTSUP
            #expect(error.system?.code == code && error.system?.subject == path, "\(error)")
        }
        var unreadable: [String] = []
        let inspection = SpoolInspection(store) { unreadable.append("\($0), \($1?.name.base ?? "none")") }
        try inspection.run(progress: { _ in }) { finding throws(SpoolError) in Issue.record("\(finding) is no damage") }
        #expect(inspection.looked == 2 && unreadable.count == 1 && unreadable.first?.hasSuffix(names[1].base) == true, "\(unreadable)")
        #expect(store.all() == names)
        #expect(lstatKind(path) == true, "it was let alone")
    }

    @Test("of an hour's or a day's folder costs what is in there", arguments: [Oddity.loop, .danglingLink, .pipe], ["", "/08"])
    func folders(oddity: Oddity, level: String) throws {
        try store.store(testRecord([1], imageID: "a", at: "2026-11-21T08:00:00Z"), [1])
        let name = try store.store(testRecord([2], imageID: "b", at: "2026-11-23T08:00:00Z"), [2])
        if level == "" {
            #expect(oddity.make(store.layout.folder(.pending) + "/2026-11-22"))
        } else {
            let day = store.layout.folder(.pending) + "/2026-11-22"
            try FileManager.default.createDirectory(atPath: day, withIntermediateDirectories: false)
            #expect(oddity.make(day + "/08"))
        }
        let findings = store.scan()
        // A link that leads nowhere is like a folder that is not there.
        let isPassedOver = findings.contains { if case .passedOver(_, nil, isFolder: true) = $0 { true } else { false } }
        #expect(isPassedOver == (oddity != .danglingLink), "\(findings)")
        #expect(store.all().count == 2 && store.usage.pending.entries == 2)
        #expect(try store.verify(name).record.picture.imageID == "b")
    }

    @Test("is not opened by the port of files, which never waits", arguments: Oddity.allCases)
    func port(oddity: Oddity) throws {
        let path = folder.file("odd").path
        guard oddity.make(path) else { return #expect(oddity == .device && errno == EPERM) }
        for access in [FileAccess.read, .append] {
            do throws(SystemError) {
                LocalFiles().close(try LocalFiles().open(path, access))
                Issue.record("\(oddity) was opened")
            } catch {
                #expect([EISDIR, ELOOP, ENOTSUP].contains(error.code), "\(error)")
            }
        }
    }

    private func lstatKind(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }
}

extension SpoolOdditiesTests {
    @Test("of rights: as another user, one closed record, picture, hour and day are named, and the rest is read")
    func rights() throws {
        guard geteuid() == 0 else { return }
        let spool = folder.file("spool").path
        for (number, moment) in ["2026-11-20T08", "2026-11-21T08", "2026-11-21T09", "2026-11-21T10", "2026-11-22T08"].enumerated() {
            try store.store(testRecord([UInt8(number)], imageID: "i\(number)", at: "\(moment):00:00Z"), [UInt8(number)])
        }
        let names = store.all()
        _ = try run(["/bin/chown", "-R", "nobody:nogroup", spool])
        _ = try run(["/bin/chmod", "-R", "u=rwX,go=rX", spool])
        let program = folder.file("thermo-ingest").path
        try FileManager.default.copyItem(atPath: gatewayProgram, toPath: program)
        let config = folder.file("config.toml")
        try "[spool]\ndirectory = \"\(spool)\"\n".write(to: config, atomically: true, encoding: .utf8)
        for path in [
            store.layout.record(.pending, names[0]), store.layout.file(.pending, names[1], "jpg"), "\(spool)/pending/2026-11-21/09",
            "\(spool)/pending/2026-11-22",
        ] {
            _ = try run(["/bin/chown", "root:root", path])
            _ = try run(["/bin/chmod", "go=", path])
        }
        func asNobody(_ arguments: String...) throws -> ProgramRun {
            try run(
                ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "spool"] + arguments
                    + ["--config", config.path], within: 60)
        }
        // The copies' digests are the test's own, so all that can be read is called damaged here; what counts is that it is gone through.
        let verify = try asNobody("verify", "--json")
        #expect(verify.status == 65, "\(verify)")
        for text in ["i0", "i1", "2026-11-21/09", "2026-11-22"] { #expect(verify.errors.contains(text), "\(text): \(verify.errors)") }
        #expect(verify.output.contains("~i3\""), "the one that can be read is")
        let list = try asNobody("list")
        #expect(list.status == 74 && list.output.split(separator: "\n").count == 3 && list.output.contains("UNREADABLE"), "\(list)")
        let copies = folder.file("copies").path
        _ = try run(["/usr/bin/install", "-d", "-o", "nobody", copies])
        let export = try asNobody("export", "--all", copies)
        #expect(export.status == 74 && export.output.hasPrefix("1 entry exported"), "\(export)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: copies).count { $0.contains("~i3.") } == 2)
    }
}
