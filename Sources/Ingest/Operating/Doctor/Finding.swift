/// What one step of an examination came to.
package struct Finding: Equatable, Sendable {
    package enum Verdict: String, Sendable {
        case good = "ok"
        /// The gateway works, but a person should know.
        case warning
        case failed
    }

    /// Named as in `/health`, where it has it.
    package enum Part: String, Sendable {
        case libraries, secrets, mqtt, minio, postgres, redis, spool, clock
    }

    package let part: Part
    /// One or two words: `connect`, `read back`.
    package let step: String
    package let verdict: Verdict
    /// What was found, for people; without control characters and without secrets.
    package let detail: String
    /// What to do about it.
    package let fix: String?
    package var took: Duration?

    package init(_ part: Part, _ step: String, _ verdict: Verdict, _ detail: String, fix: String? = nil, took: Duration? = nil) {
        self.part = part
        self.step = step
        self.verdict = verdict
        self.detail = detail
        self.fix = fix
        self.took = took
    }
}
