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
