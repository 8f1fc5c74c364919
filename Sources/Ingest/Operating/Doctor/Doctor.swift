import IngestCore
import Platform

/// Tries everything that the gateway needs, in the way that it will, and leaves no trace.
///
/// It may run beside the gateway: the broker knows it under a client id of its own, the object store sees a key of its own that is removed
/// again, and what it writes to the table is rolled back.
package struct Doctor {
    /// However patient the configuration is, a person waits here.
    static let patience = Duration.seconds(10)

    private let settings: Settings
    /// Told of each finding as it is made.
    private let report: (Finding) -> Void

    package init(_ settings: Settings, report: @escaping (Finding) -> Void = { _ in }) {
        self.settings = settings
        self.report = report
    }

    /// All findings, in order. Each part ends within `patience` for each of its steps, whatever hangs.
    package func examine() -> [Finding] {
        var findings: [Finding] = []
        func note(_ finding: Finding) {
            findings.append(finding)
            report(finding)
        }
        let configuration = settings.configuration
        note(Self.libraries(Libraries.all))
        for warning in settings.inForce.warnings { note(Finding(.secrets, "readable by all", .warning, warning)) }
        BrokerExamination(configuration.mqtt).run(note)
        let offset = StoreExamination(configuration.s3).run(note)
        TableExamination(configuration).run(note)
        if let redis = configuration.redis { RedisExamination(redis).run(note) }
        SpoolExamination(configuration.spool).run(note)
        note(Self.clock(offset: offset, wall: Timestamp(milliseconds: MonotonicClock.wallMilliseconds())))
        return findings
    }

    static func libraries(_ all: [LibraryVersion]) -> Finding {
        let concerns = all.concerns
        return Finding(
            .libraries, "versions", concerns.isEmpty ? .good : .warning, all.line,
            fix: concerns.isEmpty ? nil : concerns.map(\.sentence).joined(separator: " "))
    }

    /// - Parameter offset: the object store's clock less this one's; nil when it did not tell.
    static func clock(offset: Duration?, wall: Timestamp) -> Finding {
        let fix = "set the clock, or turn time synchronisation on: timedatectl set-ntp true"
        guard let offset else {
            // No gateway of this version ran before.
            if wall.components.year < 2025 { return Finding(.clock, "set", .failed, "it says \(wall.rfc3339)", fix: fix) }
            return Finding(.clock, "set", .good, "\(wall.rfc3339); the object store gave no time to compare it with")
        }
        let seconds = offset.components.seconds
        guard abs(seconds) > ClockOffset.tolerance.components.seconds else {
            return Finding(.clock, "offset", .good, "within \(abs(seconds) + 1) s of the object store's")
        }
        return Finding(
            .clock, "offset", .failed,
            "\(abs(seconds)) s \(seconds > 0 ? "behind" : "ahead of") the object store's; uploads are signed with the store's time, but recorded_at is wrong",
            fix: fix
        )
    }
}

/// Takes the time of steps.
struct Stopwatch {
    private var began = MonotonicClock.now()

    /// Since the beginning or the last `lap`.
    mutating func lap() -> Duration {
        let now = MonotonicClock.now()
        defer { began = now }
        return now - began
    }
}
