import Glibc

/// Whose a folder is, and what this process may do in it.
package struct FolderStatus: Equatable, Sendable {
    package let isFolder: Bool
    /// The owner's name, or number where it has none.
    package let owner: String
    /// The permission bits, as in 0o750.
    package let mode: Int
    /// Whether this process may make files in it.
    package let isWritable: Bool

    /// Nil when there is nothing at `path`.
    ///
    /// The corresponding C functions are `stat`, `getpwuid_r` and `access`.
    package init?(_ path: String) throws(SystemError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("stat", errno, on: path)
        }
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        owner = Self.name(of: status.st_uid)
        mode = Int(status.st_mode & 0o7777)
        isWritable = unsafe access(path, W_OK | X_OK) == 0
    }

    /// The name of the user this process runs as.
    package static var user: String { name(of: geteuid()) }

    private static func name(of user: uid_t) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { room in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            let code = unsafe getpwuid_r(user, &entry, room.baseAddress!, room.count, &found)
            guard code == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return String(user) }
            return unsafe String(cString: name)
        }
    }
}
