import CHiredis
import Glibc

/// What failed between this client and Redis: in which command, with which server, and why. Never holds a secret, nor any
/// argument of a command.
package struct RedisError: Error, Equatable, CustomStringConvertible {
    package enum Cause: Error, Equatable, Sendable {
        /// The host's name cannot be resolved.
        case lookup(String)
        /// errno(3) of the socket.
        case network(CInt)
        case timedOut(Duration)
        /// The server closed the connection.
        case hungUp
        /// TLS does not come about, or broke.
        case tls(String)
        /// What came is not RESP.
        case malformed
        /// The server's memory is full (`OOM`, maxmemory with noeviction).
        case serverFull
        /// The server is reading its data (`LOADING`).
        case loading
        /// Run by a script that takes too long (`BUSY`), or a cluster or replica in transition (`TRYAGAIN`, `MASTERDOWN`, `CLUSTERDOWN`).
        case busy
        /// A replica that takes no writes (`READONLY`).
        case readOnly
        /// The server could not write its data to disk and takes no writes (`MISCONF`).
        case cannotPersist
        /// A password is wanted (`NOAUTH`), or the one given is wrong (`WRONGPASS`), or none is expected.
        case credentials
        /// The user may not do this (`NOPERM`).
        case notPermitted
        /// `EVALSHA` of a script the server does not know (`NOSCRIPT`).
        case noScript
        /// The key holds another type (`WRONGTYPE`).
        case wrongType
        case outOfMemory
        /// Any other error, by its first word: what follows may quote arguments.
        case refused(String)
    }

    /// The command's name; `CONNECT` for the connection itself.
    package let command: String
    /// The server, as in `RedisSettings.endpoint`.
    package let endpoint: String
    package let cause: Cause

    package init(_ command: String, _ endpoint: String, _ cause: Cause) {
        self.command = command
        self.endpoint = endpoint
        self.cause = cause
    }

    /// Whether trying again is in vain until someone changes something. Everything else may pass by itself.
    package var needsOperator: Bool {
        switch cause {
        case .tls, .credentials, .notPermitted, .wrongType, .serverFull, .cannotPersist, .readOnly, .refused: true
        case .lookup, .network, .timedOut, .hungUp, .malformed, .loading, .busy, .noScript, .outOfMemory: false
        }
    }

    package var description: String { "\(command) \(endpoint): \(reason)" }

    private var reason: String {
        switch cause {
        case .lookup(let what), .tls(let what): what
        case .network(let code): unsafe String(cString: strerror(code))
        case .timedOut(let limit): "no answer within \(limit)"
        case .hungUp: "connection lost"
        case .malformed: "what the server sent is not Redis' protocol"
        case .serverFull: "the server's memory is full (maxmemory)"
        case .loading: "the server is still reading its data"
        case .busy: "the server is busy"
        case .readOnly: "the server is a replica and takes no writes"
        case .cannotPersist: "the server cannot save to its disk and takes no writes"
        case .credentials: "user name or password missing, wrong or not expected"
        case .notPermitted: "the user may not do this"
        case .noScript: "unknown script"
        case .wrongType: "the key holds another kind of value"
        case .outOfMemory: "out of memory"
        case .refused(let word): "refused (\(word))"
        }
    }
}

extension RedisError.Cause {
    /// The one way from an error reply to a cause; its first word is a code by convention
    /// (redis.io, "RESP protocol specification", simple errors).
    init(reply: String) {
        let word = reply.prefix { $0 != " " }
        self =
            switch word {
            case "OOM": .serverFull
            case "LOADING": .loading
            case "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN": .busy
            case "READONLY": .readOnly
            case "MISCONF": .cannotPersist
            case "NOAUTH", "WRONGPASS": .credentials
            // Before Redis 6: "invalid password"; and any version when no password is set: "... without any password configured".
            case "ERR"
            where reply.hasPrefix("ERR AUTH") || reply.hasPrefix("ERR invalid password") || reply.hasPrefix("ERR Client sent AUTH"):
                .credentials
            case "NOPERM": .notPermitted
            case "NOSCRIPT": .noScript
            case "WRONGTYPE": .wrongType
            default: .refused(String(word.prefix(32)))
            }
    }

    init(_ failure: TLSFailure) {
        self =
            switch failure {
            case .outOfMemory: .outOfMemory
            case .name(let what), .file(let what): .tls(what)
            }
    }

    /// The one way from the library's error state to a cause. `error` is errno(3) as the call left it.
    init(code: CInt, error: CInt, timeout: Duration) {
        self =
            switch code {
            case REDIS_ERR_EOF: .hungUp
            case REDIS_ERR_PROTOCOL: .malformed
            case REDIS_ERR_OOM: .outOfMemory
            case REDIS_ERR_IO where error == EAGAIN || error == ETIMEDOUT: .timedOut(timeout)
            case REDIS_ERR_IO where error == ECONNRESET || error == EPIPE: .hungUp
            case REDIS_ERR_IO: .network(error)
            default: .refused("library error \(code)")
            }
    }
}
