import IngestCore
import Platform

/// The sessions that cameras have open, on their way from the intake thread to Redis, for people to see. Bounded: of a camera the newest
/// only, and beyond `most` cameras none.
final class SessionNotes: Sendable {
    /// How often open sessions are told anew; their keys live for three times as long.
    static let refreshInterval = Duration.seconds(20)
    static let life = Duration.seconds(60)
    private static let most = 4096

    private let names = Monitor<[CameraUID: String]>([:])

    func isOpen(_ name: String, of camera: CameraUID) {
        names.update { names in
            if names.count < Self.most || names[camera] != nil { names[camera] = name }
        }
    }

    func take() -> [CameraUID: String] {
        if names.read({ $0.isEmpty }) { return [:] }
        return names.update { names in
            defer { names = [:] }
            return names
        }
    }
}
