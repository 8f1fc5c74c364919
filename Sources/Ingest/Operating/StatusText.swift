import IngestCore
import Platform

/// The figures that matter, for a terminal.
package struct StatusText {
    package let lines: [String]

    /// - Parameter picturesPerSecond: of late; nil where it is not known.
    package init(_ status: GatewayStatus, picturesPerSecond: Double?) {
        var lines = ["gateway     \(status.health.status)"]
        for check in HealthCheck.allCases.map(\.rawValue) {
            guard let found = status.health.checks[check] else { continue }
            let since = found.since.map { " (since \($0))" } ?? ""
            lines.append(Self.line(check, found.ok ? "ok" : "FAILED: " + LogText.escaped(found.error ?? "") + since))
        }
        let rate = picturesPerSecond.map { ", \(Self.tenths($0)) a second" } ?? ""
        lines.append(
            Self.line(
                "intake",
                "\(status.sum("mqtt_messages_received_total")) messages, \(status.sum("chunks_duplicate_total")) repeats, \(status.sum("chunks_rejected_total")) refused"
            ))
        lines.append(
            Self.line(
                "pictures",
                "\(status.sum("images_completed_total")) complete\(rate), \(status.sum("assembly_images_in_progress")) in progress, \(status.sum("images_incomplete_total")) given up, \(status.sum("images_repeated_total")) repeated"
            ))
        lines.append(
            Self.line(
                "delivered",
                "\(status.sum("delivered_images_total{path=\"live\"}")) live, \(status.sum("delivered_images_total{path=\"spool\"}")) from the spool"
            ))
        lines.append(Self.line("journal", Self.journal(status)))
        lines.append(
            Self.line(
                "pool", "\(Self.size(status.sum("assembly_memory_bytes"))) of \(Self.size(status.sum("assembly_memory_limit_bytes")))"))
        let spool = status.spool
        var parts = ["\(spool.entries) waiting, \(Self.size(spool.bytes)) of \(Self.size(status.sum("spool_capacity_bytes")))"]
        if let oldest = spool.oldest { parts.append("oldest \(oldest)") }
        if let next = spool.nextAttempt { parts.append("next try \(next)") }
        if spool.quarantined > 0 { parts.append("\(spool.quarantined) in quarantine") }
        if let unreadable = spool.unreadable, unreadable > 0 { parts.append("\(unreadable) UNREADABLE (thermo-ingest spool verify)") }
        if spool.rejected > 0 { parts.append("\(spool.rejected) refused payloads kept") }
        lines.append(Self.line("spool files", parts.joined(separator: ", ")))
        self.lines = lines
    }

    /// How many captures were written, and why.
    private static func journal(_ status: GatewayStatus) -> String {
        let reasons = AcknowledgementLedger<CaptureRecord>.Reason.allCases.compactMap { reason -> String? in
            let count = status.sum("journal_writes_total{reason=\"\(reason.rawValue)\"}")
            return count > 0 ? "\(count) \(reason.rawValue)" : nil
        }
        return reasons.isEmpty
            ? "no chunk written" : "\(status.sum("journal_writes_total")) captures written (\(reasons.joined(separator: ", ")))"
    }

    private static func line(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: max(1, 12 - name.utf8.count)) + text
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((max(0, value) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// In whole MiB, or in KiB where these would say little: two bounds that are close stay two.
    static func whole(_ bytes: Int) -> String { bytes < 10 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB" }

    /// As the configuration writes sizes, with one decimal.
    static func size(_ bytes: Int) -> String {
        var (value, unit) = (Double(bytes), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return unit == 0 ? "\(bytes) B" : "\(tenths(value)) \(units[unit])"
    }
}
