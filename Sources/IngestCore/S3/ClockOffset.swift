/// What time it is for a server, as told by its `Date` headers.
///
/// A box without a battery for its clock wakes in the wrong year, and S3 refuses signatures more than 15 minutes off. So the server's time
/// is remembered together with the monotonic moment it was heard at: from then on the wall clock may be wrong, or stepped, and
/// signatures stay right.
package struct ClockOffset: Equatable, Sendable {
    /// A wall clock this near to the server's is believed. A `Date` has whole seconds and some way to travel; 15 minutes are allowed.
    package static let tolerance = Duration.seconds(60)

    private struct Heard: Equatable, Sendable {
        let server: Timestamp
        let at: Instant
    }

    private var heard: Heard?

    package init() {}

    /// Takes note of the server's time. True when signatures made from now on bear another time than one made a moment ago would have,
    /// so that a refused request is worth sending again at once.
    package mutating func learn(server: Timestamp, wall: Timestamp, now: Instant) -> Bool {
        let before = signingTime(wall: wall, now: now)
        heard = Heard(server: server, at: now)
        return Self.differ(before, signingTime(wall: wall, now: now))
    }

    /// The server's time less the wall clock's; nil before anything was heard.
    package func offset(wall: Timestamp, now: Instant) -> Duration? {
        serverTime(now: now).map { .milliseconds($0.milliseconds - wall.milliseconds) }
    }

    /// Whether the wall clock is known to be off by more than `tolerance`.
    package func isWallClockWrong(wall: Timestamp, now: Instant) -> Bool {
        serverTime(now: now).map { Self.differ($0, wall) } ?? false
    }

    /// The time to put into a signature.
    package func signingTime(wall: Timestamp, now: Instant) -> Timestamp {
        guard let server = serverTime(now: now), Self.differ(server, wall) else { return wall }
        return server
    }

    private func serverTime(now: Instant) -> Timestamp? {
        guard let heard else { return nil }
        let since = (now - heard.at).components
        return Timestamp(milliseconds: heard.server.milliseconds + since.seconds * 1000 + since.attoseconds / 1_000_000_000_000_000)
    }

    private static func differ(_ a: Timestamp, _ b: Timestamp) -> Bool {
        .milliseconds((a.milliseconds - b.milliseconds).magnitude) > tolerance
    }
}
