import Foundation

/// A real redis-server on a free loopback port, ended with the test. It keeps nothing over a restart but what `options` make it.
public final class RedisServer {
    public let port: Int
    public let folder: TemporaryFolder
    private let options: [String]
    private var service: Service?

    /// - Parameter options: further arguments, such as `--maxmemory 2mb` or `--appendonly yes`, word by word.
    public init(password: String? = nil, options: [String] = []) throws {
        folder = try TemporaryFolder()
        port = try freePort()
        self.options = options + (password.map { ["--requirepass", $0] } ?? [])
        try start()
    }

    public func start() throws {
        let command = ["/usr/bin/redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.url.path]
        let service = try Service("redis", command + options, in: folder.url)
        self.service = service
        try service.answers(within: 15) { isListening(on: port) ? () : nil }
    }

    public func kill() { service?.kill() }
    public func terminate() { service?.terminate() }

    /// Stops it: its kernel goes on taking bytes, nobody answers.
    public func freeze() { service?.signal(SIGSTOP) }
    public func thaw() { service?.signal(SIGCONT) }
}
