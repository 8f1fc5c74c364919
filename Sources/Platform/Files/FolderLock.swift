import Glibc

/// A folder that one process alone may work in, as long as this lives. The lock is the kernel's and ends with the process, however that
/// ends, so nothing stale is ever left behind (flock(2)).
package struct FolderLock: ~Copyable, Sendable {
    private let descriptor: CInt

    package enum Attempt: ~Copyable {
        case taken(FolderLock)
        /// Another process has it.
        case held
        case failed(SystemError)
    }

    package static func take(_ folder: String) -> Attempt {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failed(SystemError("open", errno, on: folder)) }
        let lock = FolderLock(descriptor: descriptor)
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return .taken(lock) }
        return errno == EWOULDBLOCK ? .held : .failed(SystemError("flock", errno, on: folder))
    }

    private init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
