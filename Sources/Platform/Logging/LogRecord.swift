package import Logging

/// One log line before it is put into a format.
package struct LogRecord: Sendable {
    /// A metadata key: 32 hex digits that name the kind of event (systemd.journal-fields(7), `MESSAGE_ID`). Journal and JSON only.
    package static let messageIDKey = "message_id"

    package var level: Logger.Level
    package var message: String
    /// Sorted by key.
    package var fields: [(key: String, value: Logger.MetadataValue)]
    /// Which part of the program speaks.
    package var label: String
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var time: Int64

    package init(level: Logger.Level, message: String, fields: Logger.Metadata, label: String, time: Int64) {
        self.level = level
        self.message = message
        self.fields = fields.map { ($0.key, $0.value) }.sorted { $0.key < $1.key }
        self.label = label
        self.time = time
    }
}

/// Where log lines go. Called from any thread; never throws, for there is nobody left to tell.
package protocol LogWriter: Sendable {
    func write(_ record: LogRecord)
}
