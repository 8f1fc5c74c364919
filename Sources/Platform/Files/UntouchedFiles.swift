/// The kernel's files, for looking only: what would change them is answered as if it had been done, and is not.
package struct UntouchedFiles: FileSystem {
    private let files = LocalFiles()

    package init() {}

    package func open(_ path: String, _ access: FileAccess) throws(SystemError) -> CInt { try files.open(path, .read) }
    package func close(_ file: CInt) { files.close(file) }
    package func read(_ file: CInt, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try unsafe files.read(file, at: offset, into: buffer)
    }
    package func directory(_ path: String) throws(SystemError) -> any DirectoryStream { try files.directory(path) }
    package func status(_ path: String) throws(SystemError) -> FileStatus? { try files.status(path) }
    package func space(_ path: String) throws(SystemError) -> FileSystemSpace { try files.space(path) }

    package func write(_ bytes: UnsafeRawBufferPointer, to file: CInt) throws(SystemError) {}
    package func sync(_ file: CInt) throws(SystemError) {}
    package func truncate(_ path: String, to size: Int) throws(SystemError) {}
    package func rename(_ old: String, to new: String) throws(SystemError) {}
    package func unlink(_ path: String) throws(SystemError) {}
    package func makeDirectory(_ path: String) throws(SystemError) {}
    package func removeDirectory(_ path: String) throws(SystemError) {}
    package func syncDirectory(_ path: String) throws(SystemError) {}
}
