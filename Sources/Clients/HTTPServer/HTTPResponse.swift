import Glibc
import Platform

/// What a handler answers.
package struct HTTPResponse: Sendable {
    package struct Header: Equatable, Sendable {
        package let name, value: String
    }

    package enum Body: Sendable {
        /// Copied once; for what is small.
        case bytes([UInt8])
        /// The first `size` bytes of an open file, sent by the kernel without passing through the program's memory.
        case file(ResponseFile, size: Int)

        /// What it holds in memory until it is sent, in bytes.
        var memory: Int { if case .bytes(let bytes) = self { bytes.count } else { 0 } }
    }

    package var status: Int
    package var contentType: String
    package var headers: [Header]
    package var body: Body

    package init(status: Int = 200, contentType: String, headers: [(String, String)] = [], body: Body) {
        self.status = status
        self.contentType = contentType
        self.headers = headers.map { Header(name: $0.0, value: $0.1) }
        self.body = body
    }

    package static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: .bytes(Array(text.utf8)))
    }

    /// - Parameter contentType: with its charset.
    package static func text(_ text: String, contentType: String = "text/plain; charset=utf-8", status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: contentType, body: .bytes(Array(text.utf8)))
    }

    /// `{"error":"..."}`, the form of every error of this server. Never give it a secret.
    package static func error(_ status: Int, _ message: String) -> HTTPResponse {
        json("{\"error\":\(LogText.json(message))}\n", status: status)
    }

    package static let notFound = error(404, "not found")
}

/// A file that was opened to be sent. Closed when nobody holds it any more.
package final class ResponseFile: Sendable {
    package let descriptor: CInt

    /// - Parameter descriptor: open for reading at the file's start; this object closes it.
    package init(adopting descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
