import Foundation

extension SeaweedServer {
    /// One server for all tests of a process that neither stop it nor look at what others store; each takes a bucket of its own.
    public static func shared() throws -> SeaweedServer { try Shared.start.get() }

    private enum Shared {
        static let start = Result {
            let folder = try TemporaryFolder()
            let server = try SeaweedServer(in: folder)
            // A static is never freed, and would leave its folder behind.
            path.withLock { $0 = folder.url.path }
            atexit { Shared.path.withLock { if let path = $0 { try? FileManager.default.removeItem(atPath: path) } } }
            return server
        }

        static let path = Guarded<String?>(nil)
    }
}

private final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value
    init(_ value: Value) { self.value = value }
    func withLock(_ body: (inout Value) -> Void) { lock.withLock { body(&value) } }
}
