import IngestCore

/// The body of `/spool`.
struct SpoolAnswer: Encodable {
    let entries: Int
    let bytes: Int
    /// RFC 3339, or null.
    let oldest: String?
    let nextAttempt: String?
    let quarantined: Int
    let unreadable: Int
    let rejected: Int

    init(_ figures: SpoolFigures) {
        entries = figures.pending
        bytes = figures.bytes
        oldest = figures.oldest?.rfc3339
        nextAttempt = figures.nextAttempt?.rfc3339
        quarantined = figures.quarantined
        unreadable = figures.unreadable
        rejected = figures.rejected
    }

    enum CodingKeys: String, CodingKey {
        case entries, bytes, oldest, quarantined, unreadable, rejected
        case nextAttempt = "next_attempt"
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(entries, forKey: .entries)
        try members.encode(bytes, forKey: .bytes)
        // Null where there is none, so that the form never changes.
        try members.encode(oldest, forKey: .oldest)
        try members.encode(nextAttempt, forKey: .nextAttempt)
        try members.encode(quarantined, forKey: .quarantined)
        try members.encode(unreadable, forKey: .unreadable)
        try members.encode(rejected, forKey: .rejected)
    }
}
