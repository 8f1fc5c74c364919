import Glibc
import IngestCore

/// Reads configuration files, secrets, credentials and certificates, whole and with a bound.
enum SmallFile {
    static let most = 1 << 20

    /// The corresponding C functions are `open` and `read`.
    static func read(_ path: String) -> ConfigurationSources.FileContents {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? .missing : .failed(reason(errno)) }
        defer { close(descriptor) }

        var bytes: [UInt8] = []
        var failure: CInt = 0
        let block = 16 << 10
        while bytes.count <= most {
            let old = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: block))
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress.map { unsafe $0 + old }, block)
            }
            failure = errno
            bytes.removeLast(block - max(0, count))
            if count == 0 { return .bytes(bytes) }
            if count < 0, failure != EINTR { return .failed(reason(failure)) }
        }
        return .failed("it is larger than \(most >> 20) MiB")
    }

    /// Whether every user may read this file: its own mode and the folders' it lies in say so. The corresponding C function is `stat`.
    static func isOpenToAll(_ path: String) -> Bool {
        guard mode(of: path) & S_IROTH != 0 else { return false }
        var folder = Substring(path)
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            guard mode(of: folder.isEmpty ? "/" : String(folder)) & S_IXOTH != 0 else { return false }
        }
        return true
    }

    /// 0 where there is no such file.
    private static func mode(of path: String) -> mode_t {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode : 0
    }

    private static func reason(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }
}
