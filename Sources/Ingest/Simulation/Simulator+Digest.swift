import Clients
import IngestCore

extension Simulator {
    /// The same with the real SHA-256.
    package mutating func run(
        on publisher: some ChunkPublisher, taken: ((TakenPicture) throws -> Void)? = nil, progress: (Tally) -> Void = { _ in }
    ) throws {
        try run(on: publisher, digest: { Hex.lower(try SHA256.digest(of: $0.span)) }, taken: taken, progress: progress)
    }
}
