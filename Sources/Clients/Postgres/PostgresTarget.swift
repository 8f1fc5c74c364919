import CPQ

/// Where to connect and as whom: libpq's keywords and values, a password among them, so it does not print itself.
package struct PostgresTarget: Sendable, CustomStringConvertible, CustomReflectable {
    private(set) var values: [String: String]

    /// Reads a `postgresql://` URL or a `key=value` string, then lets `overrides` (host, port, dbname, user, password and any other
    /// keyword of libpq) take the place of its parts. What neither says comes from libpq's environment variables, service and password
    /// files.
    ///
    /// The corresponding C function is `PQconninfoParse`.
    package init(_ text: String, overrides: [String: String] = [:]) throws(PostgresError) {
        values = try Self.parse(text)
        let isURL = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
        // A password with a bare @ or / ends up in these parts, and their values in error messages.
        if isURL, values["host"]?.contains("@") == true || (values["user"] == nil && values["dbname"]?.contains("@") == true) {
            throw PostgresError(
                .setup, "connect", "the connection URL has an @ or / too many: write them as %40 and %2F in user and password")
        }
        if overrides["host"] != nil { values["hostaddr"] = nil }
        values.merge(overrides) { $1 }
        if let port = values["port"], !port.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ",") }) {
            throw PostgresError(.setup, "connect", "the port of the connection is no number (in a URL, a / in the password must be %2F)")
        }
        if values.contains(where: { $0.key.utf8.contains(0) || $0.value.utf8.contains(0) }) {
            throw PostgresError(.setup, "connect", "a part of the connection has a NUL in it")
        }
    }

    /// For people: `user@host:port/dbname`, as far as given.
    package var description: String {
        let user = values["user"].map { "\($0)@" } ?? ""
        let port = values["port"].map { ":\($0)" } ?? ""
        return user + (values["host"] ?? values["hostaddr"] ?? "localhost") + port + "/" + (values["dbname"] ?? values["user"] ?? "")
    }

    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The password, unless the word is also no secret: hiding it everywhere would then make messages unreadable.
    var secret: String? {
        guard let password = values["password"] else { return nil }
        return ["host", "hostaddr", "dbname", "user", "port"].contains { values[$0] == password } ? nil : password
    }

    /// With what we want of every connection, where the operator has not said otherwise.
    func completed(timeout: Duration) -> [String: String] {
        let seconds = max(1, timeout.components.seconds)
        let ours = [
            "fallback_application_name": "thermo-ingest",
            "client_encoding": "UTF8",
            "keepalives_idle": String(seconds),
            "keepalives_interval": String(max(1, seconds / 3)),
            "keepalives_count": "3",
            // Bounds the SYN too, so that the next of several hosts gets its turn (tcp(7), TCP_USER_TIMEOUT).
            "tcp_user_timeout": String(PostgresConnection.milliseconds(timeout)),
            // Else libpq loads Kerberos at every start to learn that there is none: memory the box needs.
            "gssencmode": "disable",
        ]
        return values.merging(ours) { given, _ in given }
    }

    /// The same with each of several hosts in front once. libpq gives the next host its turn when one refuses, but not when one hangs.
    var rotations: [PostgresTarget] {
        let lists = ["host", "hostaddr", "port"].compactMap { key in
            values[key].map { (key, $0.split(separator: ",", omittingEmptySubsequences: false)) }
        }
        let count = lists.map(\.1.count).max() ?? 1
        return (0..<count).map { turn in
            var target = self
            for (key, list) in lists where list.count == count {
                target.values[key] = (list[turn...] + list[..<turn]).joined(separator: ",")
            }
            return target
        }
    }

    private static func parse(_ text: String) throws(PostgresError) -> [String: String] {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &complaint) else {
            defer { unsafe PQfreemem(complaint) }
            let words = unsafe complaint.map { unsafe String(cString: $0) } ?? "out of memory"
            throw PostgresError(.setup, "connect", "the connection string cannot be read: " + withoutQuotes(words))
        }
        defer { unsafe PQconninfoFree(options) }
        var values = [String: String]()
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val { unsafe values[String(cString: keyword)] = String(cString: value) }
            unsafe option += 1
        }
        return values
    }

    /// libpq quotes the piece it stumbled over, which may be half a password: keeps what stands before it.
    private static func withoutQuotes(_ message: String) -> String {
        var kept = ""
        var rest = message[...]
        while let quote = rest.firstIndex(of: "\"") {
            kept += rest[..<quote]
            rest = rest[quote...]
            guard let harmless = ["\"=\"", "\"]\"", "\":\"", "\"/\""].first(where: { rest.hasPrefix($0) }) else { return kept + "…" }
            kept += harmless
            rest = rest.dropFirst(harmless.count)
        }
        return kept + rest
    }
}
