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

    private static func reason(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }
}
