import Logging

/// One entry of systemd's journal in its native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/).
///
/// ```
/// NAME=value\n                              a value without a newline
/// NAME\n  length (8 bytes, little-endian)  value  \n       any value
/// ```
/// Names are `[A-Z0-9_]`, at most 64 characters, and begin with a letter: journald drops what begins with an underscore, for that
/// is how it marks the fields it vouches for itself.
package enum JournalFormat {
    package static let identifier = "thermo-ingest"
    private static let own: Set<String> = ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "LOGGER"]

    /// The message has its control characters escaped, as in every format. A field keeps its newlines and tabs: journald holds
    /// fields apart by their length, so they begin no line.
    package static func datagram(_ record: LogRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        append("MESSAGE", LogText.escaped(record.message), to: &bytes)
        append("PRIORITY", String(priority(record.level)), to: &bytes)
        append("SYSLOG_IDENTIFIER", identifier, to: &bytes)
        append("LOGGER", LogText.escaped(record.label), to: &bytes)
        for field in record.fields {
            guard let name = name(field.key) else { continue }
            append(own.contains(name) ? "FIELD_" + name : name, fieldText(field.value.description), to: &bytes)
        }
        return bytes
    }

    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes += name.utf8
        if value.utf8.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            let length = UInt64(value.utf8.count)
            for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func fieldText(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if LogText.isUnfit(scalar) && scalar != "\n" && scalar != "\t" {
                result += LogText.escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A metadata key as a journal field: `camera_uid` becomes `CAMERA_UID`. Nil when nothing usable is left.
    static func name(_ key: String) -> String? {
        var name = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "a"..."z": name.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value) - 32))
            case "A"..."Z": name.unicodeScalars.append(scalar)
            case "0"..."9": if !name.isEmpty { name.unicodeScalars.append(scalar) }
            default: if !name.isEmpty { name += "_" }
            }
        }
        return name.isEmpty ? nil : String(name.prefix(64))
    }

    /// syslog(3)
    static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
