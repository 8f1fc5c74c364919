import Foundation

/// A real redis-server on a free loopback port, ended with the test. It keeps nothing over a restart but what `options` make it.
public final class RedisServer {
    public let port: Int
    public let folder: TemporaryFolder
    private let command: [String]
    private var service: Service?

    /// - Parameter options: further arguments, such as `--maxmemory 2mb` or `--appendonly yes`, word by word.
    /// - Parameter certificates: it speaks TLS only, and asks for no certificate of its clients.
    public init(password: String? = nil, certificates: Broker.Options.Certificates? = nil, options: [String] = []) throws {
        folder = try TemporaryFolder()
        let port = try freePort()
        self.port = port
        let listen =
            certificates.map {
                [
                    "--port", "0", "--tls-port", "\(port)", "--tls-auth-clients", "no", "--tls-ca-cert-file", $0.authority.path,
                    "--tls-cert-file", $0.certificate.path, "--tls-key-file", $0.key.path,
                ]
            } ?? ["--port", "\(port)"]
        let place = ["--bind", "127.0.0.1", "--save", "", "--dir", folder.url.path]
        command = ["/usr/bin/redis-server"] + listen + place + options + (password.map { ["--requirepass", $0] } ?? [])
        try start()
    }

    public func start() throws {
        let service = try Service("redis", command, in: folder.url)
        self.service = service
        try service.answers(within: 15) { isListening(on: port) ? () : nil }
    }

    public func kill() { service?.kill() }
    public func terminate() { service?.terminate() }

    /// Stops it: its kernel goes on taking bytes, nobody answers.
    public func freeze() { service?.signal(SIGSTOP) }
    public func thaw() { service?.signal(SIGCONT) }
}
