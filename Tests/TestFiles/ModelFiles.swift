import Glibc
package import Platform

/// A file system in memory that keeps, over a crash, what was synced and nothing else for certain.
///
/// A file's bytes survive once the file was synced; later ones may be lost, cut or zero. A name survives once its folder was
/// synced; each later change of names happens or not, by itself, in their order, a rename as a whole. One thread at a time.
package final class ModelFiles: FileSystem, @unchecked Sendable {
    /// What every operation fails with between a crash and `restart`.
    package static let crashed = CInt(9999)

    package enum Operation: String, CaseIterable, Sendable {
        case open, create, read, write, sync, truncate, rename, unlink, makeDirectory, removeDirectory, syncDirectory, list, status
    }

    /// The error code an operation on a path is to fail with; nil lets it through.
    package var fault: (Operation, String) -> CInt? = { _, _ in nil }
    /// After so many changing operations the machine stops, in the middle of the one that is due.
    package var crashAfter: Int?
    /// Changing operations so far.
    package private(set) var operations = 0
    /// Bytes on their way to the disk, as the kernel counts them (proc_pid_io(5), `write_bytes`): whole pages, each once until its file
    /// is synced. Of a page that is written anew after every sync, each time all.
    package private(set) var writtenBytes = 0
    package private(set) var syncs = 0
    package var capacity = 1 << 40
    /// Wall clock in milliseconds, for `FileStatus.changed`.
    package var now: Int64 = 0

    private final class Node {
        let kind: FileStatus.Kind
        var data: [UInt8] = []
        var safeData: [UInt8] = []
        /// The last page that was written since the last sync.
        var dirty: Int?
        var names: [String: Node] = [:]
        var safeNames: [String: Node] = [:]
        var changed: Int64 = 0
        /// Of a symbolic link.
        let target: String?

        init(_ kind: FileStatus.Kind, target: String? = nil) {
            self.kind = kind
            self.target = target
        }
    }

    /// One step: names that went and names that came.
    private struct Change {
        struct Place { let folder: Node, name: String }
        let gone: (place: Place, node: Node)?
        let came: (place: Place, node: Node)?
        var places: [Place] { [gone?.place, came?.place].compactMap { $0 } }
    }

    private static let page = 4096

    private let root = Node(.directory)
    private var unsafeChanges: [Change] = []
    private var openFiles: [CInt: (node: Node, path: String)] = [:]
    private var nextFile = CInt(100)
    private var random: SplitMix
    /// Between a crash and `restart`.
    package private(set) var stopped = false

    package init(seed: UInt64 = 0) { random = SplitMix(seed: seed) }

    /// Changes a file's bytes behind everybody's back, as a failing disk does.
    package func damage(_ path: String, _ change: (inout [UInt8]) -> Void) {
        guard let node = find(path) else { return }
        change(&node.data)
        node.safeData = node.data
    }

    /// The files of a folder, as they are.
    package func contents(_ folder: String) -> [String: [UInt8]] { find(folder)?.names.mapValues(\.data) ?? [:] }

    /// Makes a symbolic link, as people and other programs leave it; a crash does not lose it.
    package func makeLink(_ path: String, to target: String) throws(SystemError) { try make(Node(.other, target: target), path, "symlink") }

    /// Makes a pipe with nobody at its ends, likewise.
    package func makePipe(_ path: String) throws(SystemError) { try make(Node(.other), path, "mkfifo") }

    private func make(_ node: Node, _ path: String, _ call: String) throws(SystemError) {
        let place = try parent(path, for: call)
        guard place.folder.names[place.name] == nil else { throw SystemError(call, EEXIST, on: path) }
        place.folder.names[place.name] = node
        place.folder.safeNames[place.name] = node
        node.changed = now
    }

    // MARK: The crash

    /// The machine comes up again after a crash, or loses its power now.
    package func restart() {
        for change in unsafeChanges where chance() { apply(change) }
        unsafeChanges = []
        openFiles = [:]
        var visited = Set<ObjectIdentifier>()
        settle(root, &visited)
        stopped = false
        crashAfter = nil
    }

    private func chance() -> Bool { Bool.random(using: &random) }

    private func settle(_ node: Node, _ visited: inout Set<ObjectIdentifier>) {
        guard visited.insert(ObjectIdentifier(node)).inserted else { return }
        node.names = node.safeNames
        if node.data != node.safeData {
            // What was appended to synced bytes leaves these alone.
            let safe = node.data.starts(with: node.safeData) ? node.safeData.count : 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0: break
            case 1: node.data = Array(node.data.prefix(Int.random(in: safe...node.data.count, using: &random)))
            case 2: node.data = node.data.prefix(safe) + [UInt8](repeating: 0, count: node.data.count - safe)
            case 3:
                // Blocks reach the disk in any order.
                let hole = Int.random(in: safe...node.data.count, using: &random)
                for index in safe..<hole { node.data[index] = 0 }
            default: node.data = node.safeData
            }
            node.safeData = node.data
        }
        for child in node.names.values { settle(child, &visited) }
    }

    private func apply(_ change: Change) {
        if let gone = change.gone {
            guard gone.place.folder.safeNames[gone.place.name] === gone.node else { return }
            gone.place.folder.safeNames[gone.place.name] = nil
        }
        if let came = change.came { came.place.folder.safeNames[came.place.name] = came.node }
    }

    /// Makes the folder's changes safe, and with them the earlier ones they stand on.
    private func makeSafe(_ folder: Node) {
        var wanted = Set<Int>()
        var places: [Change.Place] = []
        for index in unsafeChanges.indices.reversed() {
            let change = unsafeChanges[index]
            let related = change.places.contains { place in
                place.folder === folder || places.contains { $0.folder === place.folder && $0.name == place.name }
            }
            if related {
                wanted.insert(index)
                places += change.places
            }
        }
        for index in unsafeChanges.indices where wanted.contains(index) { apply(unsafeChanges[index]) }
        unsafeChanges = unsafeChanges.enumerated().filter { !wanted.contains($0.offset) }.map(\.element)
    }

    // MARK: Steps common to all

    private func enter(_ operation: Operation, _ path: String) throws(SystemError) {
        guard !stopped else { throw SystemError(operation.rawValue, Self.crashed, on: path) }
        if let code = fault(operation, path) { throw SystemError(operation.rawValue, code, on: path) }
    }

    /// Counts a changing operation; one that the crash interrupts takes effect, or not.
    private func change(_ operation: Operation, _ path: String, _ body: () -> Void) throws(SystemError) {
        operations += 1
        guard let crashAfter, operations > crashAfter else { return body() }
        if chance() { body() }
        stopped = true
        throw SystemError(operation.rawValue, Self.crashed, on: path)
    }

    /// As the kernel walks a path: links on the way are followed, up to 40 (path_resolution(7)).
    private func look(_ path: String, followsLast: Bool = true, depth: Int = 0) -> (node: Node?, code: CInt) {
        var node = root
        let names = path.split(separator: "/").map(String.init)
        for (index, name) in names.enumerated() {
            guard node.kind == .directory else { return (nil, ENOTDIR) }
            guard let next = node.names[name] else { return (nil, ENOENT) }
            node = next
            guard let target = node.target, followsLast || index < names.count - 1 else { continue }
            guard depth < 40 else { return (nil, ELOOP) }
            let base = target.hasPrefix("/") ? [target] : names[..<index] + [target]
            return look((base + names[(index + 1)...]).joined(separator: "/"), followsLast: followsLast, depth: depth + 1)
        }
        return (node, 0)
    }

    private func find(_ path: String) -> Node? { look(path).node }

    private func parent(_ path: String, for operation: Operation) throws(SystemError) -> Change.Place {
        try parent(path, for: operation.rawValue)
    }

    private func parent(_ path: String, for call: String) throws(SystemError) -> Change.Place {
        guard let slash = path.lastIndex(of: "/") else { throw SystemError(call, ENOENT, on: path) }
        let (folder, code) = look(String(path[..<slash]))
        guard let folder else { throw SystemError(call, code, on: path) }
        guard folder.kind == .directory else { throw SystemError(call, ENOTDIR, on: path) }
        return Change.Place(folder: folder, name: String(path[path.index(after: slash)...]))
    }

    private func perform(_ change: Change) {
        if let gone = change.gone { gone.place.folder.names[gone.place.name] = nil }
        if let came = change.came {
            came.place.folder.names[came.place.name] = came.node
            came.node.changed = now
        }
        unsafeChanges.append(change)
    }

    private var used: Int {
        func size(_ node: Node) -> Int { node.data.count + node.names.values.reduce(0) { $0 + size($1) } }
        return size(root)
    }

    // MARK: The port

    package func open(_ path: String, _ access: FileAccess) throws(SystemError) -> CInt {
        try enter(access == .read ? .open : .create, path)
        let place = try parent(path, for: .open)
        var node = place.folder.names[place.name]
        if node?.kind == .directory { throw SystemError("open", EISDIR, on: path) }
        if node?.kind == .other { throw SystemError("open", node?.target == nil ? ENOTSUP : ELOOP, on: path) }
        if access == .read {
            guard node != nil else { throw SystemError("open", ENOENT, on: path) }
        } else if let node {
            if access == .create { try change(.create, path) { node.data = [] } }
        } else {
            let fresh = Node(.file)
            node = fresh
            try change(.create, path) { perform(Change(gone: nil, came: (place, fresh))) }
        }
        nextFile += 1
        openFiles[nextFile] = (node!, path)
        return nextFile
    }

    package func close(_ file: CInt) { openFiles[file] = nil }

    package func read(_ file: CInt, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        guard let (node, path) = openFiles[file] else { throw SystemError("read", stopped ? Self.crashed : EBADF) }
        try enter(.read, path)
        let piece = node.data.dropFirst(offset).prefix(buffer.count)
        buffer.copyBytes(from: piece)
        return piece.count
    }

    package func write(_ bytes: UnsafeRawBufferPointer, to file: CInt) throws(SystemError) {
        guard let (node, path) = openFiles[file] else { throw SystemError("write", stopped ? Self.crashed : EBADF) }
        try enter(.write, path)
        guard used + bytes.count <= capacity else { throw SystemError("write", ENOSPC, on: path) }
        try change(.write, path) {
            let first = max(node.data.count / Self.page, (node.dirty ?? -1) + 1)
            node.data += bytes
            let last = (node.data.count - 1) / Self.page
            writtenBytes += max(0, last + 1 - first) * Self.page
            node.dirty = max(last, node.dirty ?? 0)
            node.changed = now
        }
    }

    package func sync(_ file: CInt) throws(SystemError) {
        guard let (node, path) = openFiles[file] else { throw SystemError("sync", stopped ? Self.crashed : EBADF) }
        try enter(.sync, path)
        try change(.sync, path) {
            node.safeData = node.data
            node.dirty = nil
            syncs += 1
        }
    }

    package func truncate(_ path: String, to size: Int) throws(SystemError) {
        try enter(.truncate, path)
        guard let node = find(path), node.kind == .file else { throw SystemError("truncate", ENOENT, on: path) }
        try change(.truncate, path) { node.data = Array(node.data.prefix(size)) }
    }

    package func rename(_ old: String, to new: String) throws(SystemError) {
        try enter(.rename, old)
        let (from, to) = (try parent(old, for: .rename), try parent(new, for: .rename))
        guard let node = from.folder.names[from.name] else { throw SystemError("rename", ENOENT, on: old) }
        if let there = to.folder.names[to.name], (there.kind == .directory) != (node.kind == .directory) {
            throw SystemError("rename", there.kind == .directory ? EISDIR : ENOTDIR, on: old)
        }
        try change(.rename, old) { perform(Change(gone: (from, node), came: (to, node))) }
    }

    package func unlink(_ path: String) throws(SystemError) {
        try enter(.unlink, path)
        let place = try parent(path, for: .unlink)
        guard let node = place.folder.names[place.name] else { throw SystemError("unlink", ENOENT, on: path) }
        if node.kind == .directory { throw SystemError("unlink", EISDIR, on: path) }
        try change(.unlink, path) { perform(Change(gone: (place, node), came: nil)) }
    }

    package func makeDirectory(_ path: String) throws(SystemError) {
        try enter(.makeDirectory, path)
        let place = try parent(path, for: .makeDirectory)
        guard place.folder.names[place.name] == nil else { throw SystemError("mkdir", EEXIST, on: path) }
        try change(.makeDirectory, path) { perform(Change(gone: nil, came: (place, Node(.directory)))) }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try enter(.removeDirectory, path)
        let place = try parent(path, for: .removeDirectory)
        guard let node = place.folder.names[place.name] else { throw SystemError("rmdir", ENOENT, on: path) }
        guard node.kind == .directory else { throw SystemError("rmdir", ENOTDIR, on: path) }
        guard node.names.isEmpty else { throw SystemError("rmdir", ENOTEMPTY, on: path) }
        // A folder that is gone for good takes its own unsynced changes with it.
        try change(.removeDirectory, path) {
            makeSafe(node)
            perform(Change(gone: (place, node), came: nil))
        }
    }

    package func syncDirectory(_ path: String) throws(SystemError) {
        try enter(.syncDirectory, path)
        let (node, code) = look(path)
        guard let node else { throw SystemError("open", code, on: path) }
        guard node.kind == .directory else { throw SystemError("open", ENOTDIR, on: path) }
        try change(.syncDirectory, path) { makeSafe(node) }
    }

    package func directory(_ path: String) throws(SystemError) -> any DirectoryStream {
        try enter(.list, path)
        let (node, code) = look(path)
        guard let node else { throw SystemError("opendir", code, on: path) }
        guard node.kind == .directory else { throw SystemError("opendir", ENOTDIR, on: path) }
        return ModelDirectory(node.names.keys.shuffled(using: &random))
    }

    package func status(_ path: String) throws(SystemError) -> FileStatus? {
        try enter(.status, path)
        let (node, code) = look(path, followsLast: false)
        guard let node else {
            if code == ELOOP { throw SystemError("stat", code, on: path) }
            return nil
        }
        let blocks = (node.data.count + 4095) / 4096 * 4096
        return FileStatus(kind: node.kind, size: node.data.count, allocated: blocks, changed: node.changed)
    }

    package func space(_ path: String) throws(SystemError) -> FileSystemSpace {
        try enter(.status, path)
        return FileSystemSpace(available: capacity - used, capacity: capacity)
    }
}

private final class ModelDirectory: DirectoryStream {
    private var names: [String]
    init(_ names: [String]) { self.names = names }
    func next() throws(SystemError) -> String? { names.popLast() }
}
