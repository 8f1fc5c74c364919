import IngestCore

/// The body of `/health`.
struct HealthAnswer: Encodable {
    struct Check: Encodable {
        var ok: Bool
        var error: String?
        var since: String?
        var bucket: String?
    }

    let status: String
    let checks: [String: Check]

    init(_ health: PublishedHealth, bucket: String) {
        let failures = health.failures
        var checks: [String: Check] = [:]
        for check in health.checks {
            let failure = failures[check]
            checks[check.rawValue] = Check(
                ok: failure == nil, error: failure?.error, since: failure?.since.rfc3339, bucket: check == .minio ? bucket : nil
            )
        }
        self.checks = checks
        status = failures.isEmpty ? "ok" : "degraded"
    }
}
