import Logging

/// For machines: one JSON object a line, with `time`, `level`, `logger`, `message` and the fields beside them.
/// A field of one of those four names gets `field_` before its name.
package enum JSONFormat {
    private static let own: Set<String> = ["time", "level", "logger", "message"]

    @Sendable package static func line(_ record: LogRecord) -> String {
        var line = "{\"time\":\"\(TextFormat.time(record.time))\",\"level\":\"\(record.level.rawValue)\""
        line += ",\"logger\":\(LogText.json(record.label)),\"message\":\(LogText.json(record.message))"
        for field in record.fields {
            let key = own.contains(field.key) ? "field_" + field.key : field.key
            line += ",\(LogText.json(key)):\(value(field.value))"
        }
        return line + "}"
    }

    private static func value(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): LogText.json(text)
        case .stringConvertible(let thing): number(thing) ?? LogText.json(thing.description)
        case .array(let values): "[" + values.map(self.value).joined(separator: ",") + "]"
        case .dictionary(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(LogText.json($0.key)):\(self.value($0.value))" }.joined(separator: ",")
                + "}"
        }
    }

    private static func number(_ thing: Any) -> String? {
        switch thing {
        case let number as any BinaryInteger: String(number)
        case let flag as Bool: String(flag)
        case let number as Double where number.isFinite: String(number)
        default: nil
        }
    }
}
