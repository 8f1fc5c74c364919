import CMicroHTTPD
import Glibc

/// One request and its answer, while libmicrohttpd works on it. A class because libmicrohttpd keeps its address; used on the
/// server's thread only.
@safe final class HTTPExchange {
    /// How much of a body that should not be there is read before the connection is cut.
    static let bodyLimit = 64 << 10

    let target: String
    let connection: OpaquePointer?
    var headersSeen = false
    /// Of each `Accept-Language`.
    var languages: [String] = []
    var discarded = 0
    var deferred: DeferredAnswer?
    var response: HTTPResponse?

    init(target: String, connection: OpaquePointer?) {
        self.target = target
        unsafe self.connection = unsafe connection
    }

    /// The corresponding C functions are `MHD_create_response_from_buffer`, `MHD_create_response_from_fd64` and
    /// `MHD_queue_response`.
    func send(_ answer: HTTPResponse, on connection: OpaquePointer) -> MHD_Result {
        guard let response = unsafe create(answer.body) else { return MHD_Result.NO }
        defer { unsafe MHD_destroy_response(response) }
        var headers = [("Content-Type", answer.contentType), ("X-Content-Type-Options", "nosniff")]
        if !answer.headers.contains(where: { $0.name.lowercased() == "cache-control" }) { headers.append(("Cache-Control", "no-store")) }
        headers += answer.headers.map { ($0.name, $0.value) }
        for (name, value) in headers {
            // Refused when it holds a line break: then the answer is not what the handler meant, and is not sent.
            guard unsafe MHD_add_response_header(response, name, value) == MHD_Result.YES else { return MHD_Result.NO }
        }
        return unsafe MHD_queue_response(connection, UInt32(answer.status), response)
    }

    private func create(_ body: HTTPResponse.Body) -> OpaquePointer? {
        switch body {
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes { content in
                unsafe MHD_create_response_from_buffer(
                    content.count, UnsafeMutableRawPointer(mutating: content.baseAddress), .RESPMEM_MUST_COPY
                )
            }
        case .file(let file, let size):
            // libmicrohttpd closes the descriptor it is given.
            let copy = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { return nil }
            guard let response = unsafe MHD_create_response_from_fd64(UInt64(size), copy) else {
                close(copy)
                return nil
            }
            return unsafe response
        }
    }
}
