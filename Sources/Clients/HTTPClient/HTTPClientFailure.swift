/// Why a server did not answer. Holds no secret.
package enum HTTPClientFailure: Error, Equatable, CustomStringConvertible {
    case lookup(ListenAddress, String)
    /// In the kernel's words.
    case network(ListenAddress, String)
    case timedOut(ListenAddress, Duration)
    /// Something answers there that is no HTTP server, or says more than it may.
    case malformed(ListenAddress, String)

    package var description: String {
        switch self {
        case .lookup(let address, let reason), .network(let address, let reason): "GET http://\(address): \(reason)"
        case .timedOut(let address, let limit): "GET http://\(address): no answer within \(limit)"
        case .malformed(let address, let what): "GET http://\(address): \(what)"
        }
    }
}
