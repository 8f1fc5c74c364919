package import Logging

/// How log lines are written.
package enum LogFormat: String, CaseIterable, Sendable {
    /// The journal when standard error leads there, otherwise text.
    case auto
    case journal, text, json
}

/// The log level in force, which a reload may change while loggers are in use everywhere.
package final class LogThreshold: Sendable {
    private let level: Monitor<Logger.Level>

    package init(_ level: Logger.Level) { self.level = Monitor(level) }

    package var current: Logger.Level {
        get { level.read { $0 } }
        set { level.update { $0 = newValue } }
    }
}

/// The program's handler for swift-log: gathers a line's metadata and passes it to the one writer.
package struct ThresholdLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    /// The shared threshold's, unless this logger was given one of its own.
    package var logLevel: Logger.Level {
        get { own ?? threshold.current }
        set { own = newValue }
    }

    private var own: Logger.Level?
    private let label: String
    private let threshold: LogThreshold
    private let writer: any LogWriter

    package init(label: String, threshold: LogThreshold, writer: any LogWriter) {
        self.label = label
        self.threshold = threshold
        self.writer = writer
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// An error given beside the message ends the message, after a colon, and is a field of its own.
    package func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        var message = event.message.description
        if let error = event.error {
            message += ": \(error)"
            fields["error"] = "\(error)"
        }
        writer.write(
            LogRecord(level: event.level, message: message, fields: fields, label: label, time: MonotonicClock.wallMilliseconds())
        )
    }
}

/// Where log lines go, which a reload may change while loggers are in use everywhere.
package final class SwitchedLogWriter: LogWriter {
    private let current: Monitor<any LogWriter>

    package init(_ writer: any LogWriter) { current = Monitor(writer) }

    /// A line that is being written still goes where the last ones went.
    package func use(_ writer: any LogWriter) { current.update { $0 = writer } }

    package func write(_ record: LogRecord) { current.read { $0 }.write(record) }
}

/// The program's logging, once it is started.
package struct LogControl: Sendable {
    package let threshold: LogThreshold
    private let writer: SwitchedLogWriter

    /// Starts logging for the whole program. Call once, before the first logger is made.
    /// - Throws: when the journal was asked for by name and there is none.
    package init(_ format: LogFormat, level: Logger.Level) throws(SystemError) {
        let threshold = LogThreshold(level)
        let writer = SwitchedLogWriter(try format.makeWriter())
        LoggingSystem.bootstrap { label in ThresholdLogHandler(label: label, threshold: threshold, writer: writer) }
        self.threshold = threshold
        self.writer = writer
    }

    /// - Throws: when the journal was asked for by name and there is none; then nothing has changed.
    package func change(_ format: LogFormat, level: Logger.Level) throws(SystemError) {
        writer.use(try format.makeWriter())
        threshold.current = level
    }
}

extension LogFormat {
    fileprivate func makeWriter() throws(SystemError) -> any LogWriter {
        switch self {
        case .journal: try JournalWriter()
        case .json: LineWriter(format: JSONFormat.line)
        case .text: LineWriter(format: TextFormat.line)
        case .auto: JournalWriter.standardErrorLeadsToJournal() ? try JournalWriter() : LineWriter(format: TextFormat.line)
        }
    }
}
