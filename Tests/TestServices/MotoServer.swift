import Foundation

/// A second S3 implementation to be tried against: moto. It believes any credentials.
///
/// `THERMO_MOTO` says where the program is, if not where scripts/setup puts it.
public final class MotoServer: @unchecked Sendable {
    public let port: Int
    public let service: Service
    private let folder: TemporaryFolder

    public init(in folder: TemporaryFolder) throws {
        let port = try freePort()
        self.port = port
        self.folder = folder
        service = try Service("moto", [Self.program, "-H", "127.0.0.1", "-p", String(port)], in: folder.url)
        try eventually("moto to answer on port \(port)") {
            guard service.isRunning else { throw ServiceError("moto ended: \(service.tail)") }
            return probe(port: port) != nil
        }
    }

    private static let program = ProcessInfo.processInfo.environment["THERMO_MOTO"] ?? "/opt/thermo-venv/bin/moto_server"

    /// An interpreter that has boto3.
    public var python: String { URL(filePath: Self.program).deletingLastPathComponent().appending(path: "python").path }

    public var endpoint: String { "http://127.0.0.1:\(port)" }
}
