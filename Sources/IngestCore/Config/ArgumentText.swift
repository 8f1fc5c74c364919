/// Sizes and durations on a command line, spelled as in the configuration.
package enum ArgumentText {
    /// Bytes: `512KiB`, `32MB`, `4096`.
    package static func size(_ text: String) -> Int? { try? SizeText.parse(GivenValue(text: text)) }

    /// `500ms`, `10s`, `1h30m`.
    package static func duration(_ text: String) -> Duration? { try? DurationText.parse(GivenValue(text: text)) }
}
