import Foundation
import TestServices

/// An S3 server that a test may kill and freeze: it comes back at the same address with the same objects.
final class OwnStore {
    private(set) var server: SeaweedServer
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        server = try SeaweedServer(in: folder)
    }

    deinit { server.service.kill() }

    func kill() { server.service.kill() }
    func start() throws { server = try SeaweedServer(in: folder, port: server.port) }
    func freeze() { server.service.signal(SIGSTOP) }
    func thaw() { server.service.signal(SIGCONT) }
}
