/// Reads a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or the date of the moment.
package enum RetryAfter {
    /// - Parameter serverDate: the same answer's `Date`. A date is measured against it, never against a clock of ours, which may be wrong.
    /// - Returns: nil for anything malformed, and for a date without a `Date` to measure it by. Never negative.
    package static func parse(_ text: String, serverDate: String?) -> Duration? {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return .seconds(min(Int64(text) ?? .max, 1_000_000_000))
        }
        guard let moment = HTTPDate.parse(text), let now = serverDate.flatMap({ HTTPDate.parse($0) }) else { return nil }
        return .milliseconds(max(0, moment.milliseconds - now.milliseconds))
    }
}
