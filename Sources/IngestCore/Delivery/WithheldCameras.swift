/// Cameras whose pictures a store does not let in though it takes others', as where a policy lacks one prefix of the bucket or a rule
/// one camera's rows. Each is tried by one picture now and then; its others wait, and nobody waits for them.
package struct WithheldCameras: Sendable {
    /// More are not told apart from a store that lets nobody in.
    static let most = 256
    static let longestPause = Duration.seconds(60)

    private struct Pause {
        var failures = 0
        var until: Instant
    }

    private var pauses: [CameraUID: Pause] = [:]

    var isEmpty: Bool { pauses.isEmpty }
    package var count: Int { pauses.count }

    /// When each camera is tried next.
    package var tries: [CameraUID: Instant] { pauses.mapValues(\.until) }

    func contains(_ camera: CameraUID) -> Bool { pauses[camera] != nil }

    /// Asks to try a picture. Whoever may has the turn; the camera's next is after another pause.
    /// - Returns: until when it is to wait; nil when it may go.
    mutating func hold(_ camera: CameraUID, now: Instant) -> Instant? {
        guard let pause = pauses[camera] else { return nil }
        if pause.until > now { return pause.until }
        pauses[camera]?.until = now + Self.length(afterFailures: pause.failures)
        return nil
    }

    /// A picture of it was not let in.
    /// - Returns: until when it waits; nil when there are too many such cameras.
    mutating func denied(_ camera: CameraUID, now: Instant) -> Instant? {
        guard pauses[camera] != nil || pauses.count < Self.most else { return nil }
        let failures = min((pauses[camera]?.failures ?? 0) + 1, 10)
        let until = now + Self.length(afterFailures: failures)
        pauses[camera] = Pause(failures: failures, until: until)
        return until
    }

    /// A picture of it was taken.
    mutating func taken(_ camera: CameraUID) { if !pauses.isEmpty { pauses[camera] = nil } }

    /// It is the store that lets nobody in.
    mutating func forget() { pauses = [:] }

    /// An operator has put something right.
    mutating func tryNow(now: Instant) { for camera in pauses.keys { pauses[camera]?.until = now } }

    private static func length(afterFailures failures: Int) -> Duration { min(.seconds(1) * (1 << min(failures, 6)), longestPause) }
}
