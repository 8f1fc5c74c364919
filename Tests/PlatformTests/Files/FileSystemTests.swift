import Foundation
import Platform
import TestFiles
import TestServices
import Testing

/// One contract, two file systems.
@Suite("A file system")
struct FileSystemTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case local, model
        var testDescription: String { rawValue }
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func make(_ kind: Kind) throws -> (any FileSystem, String) {
        guard kind == .model else { return (LocalFiles(), folder.url.path) }
        let files = ModelFiles()
        try files.makeDirectory("/root")
        return (files, "/root")
    }

    @Test("gives back what was written, from any offset", arguments: Kind.allCases)
    func contents(kind: Kind) throws {
        let (files, root) = try make(kind)
        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
        try files.withFile(root + "/a", .create) { file throws(SystemError) in
            try files.write(Array(bytes[..<20_000]), to: file)
            try files.write(Array(bytes[20_000...]), to: file)
            try files.sync(file)
        }
        #expect(try files.contents(of: root + "/a", limit: 50_000) == bytes)
        #expect(throws: SystemError("read", EFBIG, on: root + "/a")) { try files.contents(of: root + "/a", limit: 49_999) }
        #expect(try files.status(root + "/a")?.size == 50_000)
        try files.withFile(root + "/a", .append) { file throws(SystemError) in try files.write([7], to: file) }
        #expect(try files.contents(of: root + "/a", limit: 60_000) == bytes + [7])
        try files.withFile(root + "/a", .create) { _ in }
        #expect(try files.status(root + "/a")?.size == 0)
    }

    @Test("renames over what is there, and lists what there is", arguments: Kind.allCases)
    func names(kind: Kind) throws {
        let (files, root) = try make(kind)
        for name in ["a", "b"] {
            try files.withFile(root + "/" + name, .create) { file throws(SystemError) in try files.write(Array(name.utf8), to: file) }
        }
        try files.makeDirectory(root + "/folder")
        try files.rename(root + "/a", to: root + "/folder/c")
        try files.rename(root + "/b", to: root + "/folder/c")
        try files.syncDirectory(root + "/folder")
        #expect(try list(files, root) == ["folder"])
        #expect(try list(files, root + "/folder") == ["c"])
        #expect(try files.contents(of: root + "/folder/c", limit: 10) == Array("b".utf8))
        #expect(throws: SystemError("rmdir", ENOTEMPTY, on: root + "/folder")) { try files.removeDirectory(root + "/folder") }
        try files.unlink(root + "/folder/c")
        try files.removeDirectory(root + "/folder")
        #expect(try list(files, root).isEmpty)
    }

    @Test("tells what is missing from what is there", arguments: Kind.allCases)
    func missing(kind: Kind) throws {
        let (files, root) = try make(kind)
        #expect(try files.status(root + "/no") == nil)
        #expect(try files.status(root + "/no/no") == nil)
        #expect(try files.status(root)?.kind == .directory)
        #expect(throws: SystemError("open", ENOENT, on: root + "/no")) { try files.open(root + "/no", .read) }
        #expect(throws: SystemError("unlink", ENOENT, on: root + "/no")) { try files.unlink(root + "/no") }
        #expect(throws: SystemError("rename", ENOENT, on: root + "/no")) { try files.rename(root + "/no", to: root + "/x") }
        #expect(throws: SystemError("opendir", ENOENT, on: root + "/no")) { try files.directory(root + "/no") }
        #expect(throws: SystemError("mkdir", EEXIST, on: root)) { try files.makeDirectory(root) }
        #expect(try files.space(root).available > 0)
    }

    /// What may stand in a file's place.
    enum Oddity: String, CaseIterable { case folder, loop, dangling, link, folderLink, pipe }

    private func make(_ oddity: Oddity, _ path: String, _ root: String, _ files: any FileSystem) throws {
        let model = files as? ModelFiles
        func link(to target: String) throws {
            if let model { try model.makeLink(path, to: target) } else { #expect(symlink(target, path) == 0) }
        }
        switch oddity {
        case .folder: try files.makeDirectory(path)
        case .pipe: if let model { try model.makePipe(path) } else { #expect(mkfifo(path, 0o644) == 0) }
        case .loop: try link(to: path)
        case .dangling: try link(to: "nowhere")
        case .link: try link(to: "file")
        case .folderLink: try link(to: root + "/folder")
        }
    }

    @Test(
        "tells what stands in a file's place, follows links to folders alone, and takes any away", arguments: Kind.allCases, Oddity.allCases
    )
    func oddities(kind: Kind, oddity: Oddity) throws {
        let (files, root) = try make(kind)
        try files.withFile(root + "/file", .create) { file throws(SystemError) in try files.write([1], to: file) }
        try files.makeDirectory(root + "/folder")
        try files.withFile(root + "/folder/inside", .create) { _ in }
        let odd = root + "/odd"
        try make(oddity, odd, root, files)
        #expect(try files.status(odd)?.kind == (oddity == .folder ? .directory : .other))
        for access in [FileAccess.read, .create, .append] {
            let code = oddity == .folder ? EISDIR : oddity == .pipe ? ENOTSUP : ELOOP
            #expect(throws: SystemError("open", code, on: odd)) { try files.open(odd, access) }
        }
        let listed: Result<[String], SystemError> =
            switch oddity {
            case .folder: .success([])
            case .folderLink: .success(["inside"])
            case .loop: .failure(SystemError("opendir", ELOOP, on: odd))
            case .dangling: .failure(SystemError("opendir", ENOENT, on: odd))
            case .link, .pipe: .failure(SystemError("opendir", ENOTDIR, on: odd))
            }
        switch listed {
        case .success(let names): #expect(try list(files, odd) == names)
        case .failure(let error): #expect(throws: error) { try files.directory(odd) }
        }
        let inside = try? files.contents(of: odd + "/inside", limit: 10)
        #expect((inside != nil) == (oddity == .folderLink))
        // A file's name does not go over a folder's; any other goes, and what a link leads to stays.
        let moved = root + "/moved"
        try files.rename(odd, to: moved)
        if oddity == .folder {
            #expect(throws: SystemError("unlink", EISDIR, on: moved)) { try files.unlink(moved) }
            #expect(throws: SystemError("rename", EISDIR, on: root + "/file")) { try files.rename(root + "/file", to: moved) }
            try files.removeDirectory(moved)
        } else {
            #expect(throws: SystemError("rmdir", ENOTDIR, on: moved)) { try files.removeDirectory(moved) }
            try files.unlink(moved)
        }
        #expect(try list(files, root) == ["file", "folder"] && list(files, root + "/folder") == ["inside"])
    }

    private func list(_ files: any FileSystem, _ path: String) throws -> [String] {
        let stream = try files.directory(path)
        var names: [String] = []
        while let name = try stream.next() { names.append(name) }
        return names.sorted()
    }
}

@Suite("The model of a file system")
struct ModelFilesTests {
    @Test("may lose over a crash what was not synced, and never what was")
    func crash() throws {
        var (lostName, lostBytes) = (false, false)
        for seed in UInt64(0)..<50 {
            let files = ModelFiles(seed: seed)
            try files.makeDirectory("/d")
            try files.syncDirectory("/")
            try files.withFile("/d/safe", .create) { file throws(SystemError) in
                try files.write([1, 2, 3], to: file)
                try files.sync(file)
            }
            try files.syncDirectory("/d")
            try files.withFile("/d/safe2", .create) { file throws(SystemError) in try files.write([1], to: file) }
            try files.syncDirectory("/d")
            try files.withFile("/d/loose", .create) { file throws(SystemError) in try files.sync(file) }
            files.restart()
            #expect(try files.contents(of: "/d/safe", limit: 10) == [1, 2, 3])
            if try files.contents(of: "/d/safe2", limit: 10) != [1] { lostBytes = true }
            if try files.status("/d/loose") == nil { lostName = true }
        }
        #expect(lostName && lostBytes)
    }

    @Test("stops at the operation it is told to, and answers nothing until it is restarted")
    func stops() throws {
        let files = ModelFiles(seed: 1)
        files.crashAfter = 1
        try files.makeDirectory("/a")
        #expect(throws: SystemError.self) { try files.makeDirectory("/b") }
        #expect(throws: SystemError("list", ModelFiles.crashed, on: "/")) { try files.directory("/") }
        files.restart()
        _ = try files.directory("/")
    }
}
