import Foundation

extension SeaweedServer {
    /// One server for all tests of a process that neither stop it nor look at what others store; each takes a bucket of its own.
    public static func shared() throws -> SeaweedServer { try Shared.start.get() }

    private enum Shared {
        static let start: Result<SeaweedServer, any Error> = Result {
            let folder = try TemporaryFolder()
            let server = try SeaweedServer(in: folder)
            // A static is never freed, and would leave its server's folder behind.
            atexit {
                guard let server = try? Shared.start.get() else { return }
                server.removeLeftovers()
                try? FileManager.default.removeItem(at: server.folder.url)
            }
            return server
        }
    }
}
