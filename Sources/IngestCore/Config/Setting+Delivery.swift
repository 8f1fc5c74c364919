// The keys of [spool], [drain], [http] and [log].
extension Setting {
    static let spool: [Setting] = [
        text("spool.directory", \.spool.directory, "the path of a folder", "pictures wait here while a server is away", check: directory),
        size("spool.max_size", \.spool.maxSize, 1 << 20...1 << 50, "of everything in it, journal and refused messages included"),
        size("spool.keep_free", \.spool.keepFree, 0...1 << 50, "left free on its disk for others"),
        choice(
            "spool.when_full", \.spool.whenFull, "\"pause\" leaves messages with the broker; \"drop_oldest\", \"drop_newest\" lose pictures"
        ),
    ]

    private static func directory(_ path: String) throws(Complaint) -> String {
        guard path.hasPrefix("/") else { throw Complaint("must be an absolute path", found: Quoted.text(path)) }
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !parts.contains(".."), path.utf8.count <= 1024 else {
            throw Complaint("must be a folder of its own, without ..", found: Quoted.text(path))
        }
        return "/" + parts.joined(separator: "/")
    }

    static let drain: [Setting] = [
        duration(
            "drain.backoff_initial", \.drain.backoffInitial, .milliseconds(100) ... .seconds(3600),
            "first pause after a server failed; doubles each time"),
        duration("drain.backoff_max", \.drain.backoffMax, .milliseconds(100) ... .seconds(86_400), "longest pause"),
        number(
            "drain.concurrency", \.drain.concurrency, 1...64, "most uploads at once; it starts at 1 and grows while the server keeps up"),
        choice(
            "drain.order", \.drain.order, "\"newest_first\" sends what is of interest now",
            others: ["fifo": "oldest_first", "lifo": "newest_first"]),
        Setting(
            "drain.max_rate", "bytes per second for the backlog, \"512KiB\"; empty is no limit",
            value: { .text($0.drain.maxRate.map(SizeText.print) ?? "") },
            apply: { given, configuration throws(Complaint) in
                let isEmpty = given.kind == .string && given.text.isEmpty
                configuration.drain.maxRate = isEmpty ? nil : try size(given, in: 1 << 10...1 << 40)
            }),
        number("drain.max_attempts", \.drain.maxAttempts, 1...1000, "then a picture refused for its own sake goes to quarantine"),
        Setting(
            "drain.window", "\"22:00-06:00\" local time for the backlog; empty is always",
            value: { .text($0.drain.window?.text ?? "") },
            apply: { given, configuration throws(Complaint) in
                let text = try given.string("a span of local time")
                configuration.drain.window = text.isEmpty ? nil : try DailyWindow.parse(text)
            }),
    ]

    static let http: [Setting] = [
        text(
            "http.listen", \.http.listen, "host:port", "health, metrics, status page; empty turns it off; nobody is asked for a password",
            check: listen)
    ]

    private static func listen(_ text: String) throws(Complaint) -> String {
        if text.isEmpty { return text }
        let address: (host: String, port: Int?)
        do throws(Complaint) {
            address = try HostText.parse(Substring(text))
        } catch {
            let hint = text.hasPrefix(":") || HostText.number(ofPort: text) != nil ? "write \"127.0.0.1:\(text.drop { $0 == ":" })\"" : nil
            throw Complaint(error.problem, found: Quoted.text(text), hint: hint ?? "as in \"127.0.0.1:5101\"")
        }
        guard address.port != nil else {
            let isPort = HostText.number(ofPort: text) != nil
            throw Complaint(
                "must have a port", found: Quoted.text(text), hint: isPort ? "write \"127.0.0.1:\(text)\"" : "as in \"127.0.0.1:5101\"")
        }
        return text
    }

    static let log: [Setting] = [
        choice("log.level", \.log.level, "trace, debug, info, notice, warning, error, critical", others: foreignLevels),
        choice("log.format", \.log.format, "\"journal\" under systemd, \"text\" elsewhere, \"json\" for collectors"),
    ]

    /// Python's and others' names.
    static let foreignLevels = ["warn": "warning", "fatal": "critical", "err": "error", "crit": "critical"]
}
