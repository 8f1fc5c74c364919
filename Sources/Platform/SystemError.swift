import Glibc

/// A system call that failed: which, why, and on what.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let operation: String
    package let code: CInt
    /// The path or address it was about, if any.
    package let subject: String?

    package init(_ operation: String, _ code: CInt, on subject: String? = nil) {
        self.operation = operation
        self.code = code
        self.subject = subject
    }

    package var description: String {
        let reason = unsafe String(cString: strerror(code))
        return operation + (subject.map { " \($0)" } ?? "") + ": " + reason
    }
}
