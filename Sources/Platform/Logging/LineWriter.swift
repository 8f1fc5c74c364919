import Glibc

/// Writes one line for each record to a file, standard error by default, each line with a single write(2) so that lines of
/// different threads do not mix.
package struct LineWriter: LogWriter {
    private let descriptor: CInt
    private let format: @Sendable (LogRecord) -> String

    package init(descriptor: CInt = STDERR_FILENO, format: @escaping @Sendable (LogRecord) -> String) {
        self.descriptor = descriptor
        self.format = format
    }

    package func write(_ record: LogRecord) {
        var line = format(record) + "\n"
        line.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = unsafe Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count < 0 && errno != EINTR { return }
                written += max(count, 0)
            }
        }
    }
}
