/// The file operations that durable storage is made of, as a port: the kernel's files in the product, a model that loses what was
/// not synced in the tests.
///
/// Paths are absolute. Every error is a `SystemError` that names the call and the path. Nothing here retries, but for EINTR.
package protocol FileSystem: Sendable {
    /// Regular files only; does not follow a symbolic link, and never waits for whoever is at the other end of a pipe.
    func open(_ path: String, _ access: FileAccess) throws(SystemError) -> CInt
    func close(_ file: CInt)
    /// Reads from `offset` and answers how many bytes; 0 at the end.
    func read(_ file: CInt, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int
    /// Writes all of `bytes` at the file's position.
    func write(_ bytes: UnsafeRawBufferPointer, to file: CInt) throws(SystemError)
    /// Returns when the file's bytes and size are on the disk. Its name is not: see `syncDirectory`.
    func sync(_ file: CInt) throws(SystemError)

    /// Cuts a file off behind its first `size` bytes.
    func truncate(_ path: String, to size: Int) throws(SystemError)

    /// Replaces what stands at `new`, in one step.
    func rename(_ old: String, to new: String) throws(SystemError)
    func unlink(_ path: String) throws(SystemError)
    func makeDirectory(_ path: String) throws(SystemError)
    /// Of an empty folder.
    func removeDirectory(_ path: String) throws(SystemError)
    /// Returns when the names in the folder are on the disk.
    func syncDirectory(_ path: String) throws(SystemError)
    /// The names in a folder in no order, one at a time. What is added or removed meanwhile may or may not be among them.
    func directory(_ path: String) throws(SystemError) -> any DirectoryStream
    /// Nil when there is nothing at `path`. Does not follow a symbolic link.
    func status(_ path: String) throws(SystemError) -> FileStatus?
    /// Of the file system that holds `path`.
    func space(_ path: String) throws(SystemError) -> FileSystemSpace
}

package enum FileAccess: Sendable {
    case read
    /// New or emptied, for its owner and group to read.
    case create
    /// At its end; made when missing.
    case append
}

/// One open folder, on one thread. Closed when it is let go.
package protocol DirectoryStream: AnyObject {
    /// Nil at the end. `.` and `..` are left out.
    func next() throws(SystemError) -> String?
}

package struct FileStatus: Equatable, Sendable {
    package enum Kind: Sendable { case file, directory, other }
    package let kind: Kind
    /// In bytes.
    package let size: Int
    /// What it takes on the disk, in bytes.
    package let allocated: Int
    /// When its bytes, name or place last changed: milliseconds since 1970-01-01T00:00:00Z by the wall clock of that moment.
    package let changed: Int64

    package init(kind: Kind, size: Int, allocated: Int, changed: Int64) {
        self.kind = kind
        self.size = size
        self.allocated = allocated
        self.changed = changed
    }
}

package struct FileSystemSpace: Equatable, Sendable {
    /// In bytes, as far as an unprivileged user may fill it.
    package let available: Int
    package let capacity: Int

    package init(available: Int, capacity: Int) {
        self.available = available
        self.capacity = capacity
    }
}

extension FileSystem {
    /// Opens a file for the length of `body`. Errors of what is done with it name it too.
    package func withFile<R>(
        _ path: String, _ access: FileAccess, _ body: (CInt) throws(SystemError) -> R
    ) throws(SystemError) -> R {
        let file = try open(path, access)
        defer { close(file) }
        do throws(SystemError) {
            return try body(file)
        } catch {
            throw SystemError(error.operation, error.code, on: error.subject ?? path)
        }
    }

    package func write(_ bytes: [UInt8], to file: CInt) throws(SystemError) {
        try unsafe bytes.span.withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(SystemError) in try unsafe write(raw, to: file) }
    }

    /// Writes what stands in `bytes` from `start` on.
    package func write(_ bytes: [UInt8], from start: Int, to file: CInt) throws(SystemError) {
        try unsafe bytes.span.withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(SystemError) in
            try unsafe write(UnsafeRawBufferPointer(rebasing: raw[start...]), to: file)
        }
    }

    /// Reads from `offset` into `bytes[range]` and answers how many bytes; 0 at the end.
    package func read(_ file: CInt, at offset: Int, into bytes: inout [UInt8], _ range: Range<Int>) throws(SystemError) -> Int {
        var span = bytes.mutableSpan
        return try unsafe span.withUnsafeMutableBytes { (raw: UnsafeMutableRawBufferPointer) throws(SystemError) in
            try unsafe read(file, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: raw[range]))
        }
    }

    /// A whole small file.
    /// - Throws: `EFBIG` when it has more than `limit` bytes.
    package func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
        try withFile(path, .read) { file throws(SystemError) in
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: min(limit + 1, 16 << 10))
            while true {
                let offset = bytes.count
                var span = piece.mutableSpan
                let count = try unsafe span.withUnsafeMutableBytes { (room: UnsafeMutableRawBufferPointer) throws(SystemError) in
                    try unsafe read(file, at: offset, into: room)
                }
                if count == 0 { return bytes }
                bytes += piece.prefix(count)
                guard bytes.count <= limit else { throw SystemError("read", fileTooLarge, on: path) }
            }
        }
    }
}
