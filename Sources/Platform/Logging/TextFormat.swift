import Glibc
import Logging

/// For people: `2026-11-22T08:31:05.123Z warning  message key=value key="two words"`.
package enum TextFormat {
    @Sendable package static func line(_ record: LogRecord) -> String {
        let level = record.level.rawValue
        var line = "\(time(record.time)) \(level)\(String(repeating: " ", count: max(0, 8 - level.count))) "
        line += LogText.escaped(record.message)
        for field in record.fields where field.key != LogRecord.messageIDKey && field.key != "error" {
            line += " \(LogText.escaped(field.key))=\(LogText.quoted(field.value.description))"
        }
        return line
    }

    /// RFC 3339, UTC, in milliseconds.
    static func time(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func pad(_ value: some BinaryInteger, _ width: Int = 2) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(pad(year, 4))-\(pad(month))-\(pad(day))T\(pad(hour)):\(pad(minute)):\(pad(second)).\(pad(milliseconds % 1000, 3))Z"
    }
}
