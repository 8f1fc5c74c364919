/// What one connection to Redis needs to know.
package struct RedisSettings: Equatable, Sendable {
    package var host: String
    package var port: Int
    package var database = 0
    /// Nil for plain TCP. With TLS the server's certificate must be made out to `host`.
    package var tls: TLSFiles?
    /// Empty for the default user, the only one before Redis 6.
    package var username = ""
    package var password = ""
    /// For connecting, for every command, and for every reply of a pipeline.
    package var timeout = Duration.milliseconds(500)

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `redis://cache.example:6379/0`, for messages.
    package var endpoint: String { "\(tls == nil ? "redis" : "rediss")://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)" }
}

/// Printed without the password, however it is printed.
extension RedisSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { endpoint }
    package var debugDescription: String { endpoint }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
