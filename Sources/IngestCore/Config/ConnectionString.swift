/// What `[postgres] url` and `DATABASE_URL` may be: a libpq URL or a `key=value` string (PostgreSQL 15, section 34.1.1).
///
/// A complaint never shows the text itself, for where it is broken nobody can tell what is a password.
struct ConnectionString: Equatable, Sendable {
    /// For libpq.
    let text: String
    /// For people: passwords are dots.
    let masked: String
    let carriesPassword: Bool

    static let keywords: Set<String> = [
        "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "channel_binding", "connect_timeout", "client_encoding",
        "options", "application_name", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "replication", "gssencmode", "sslmode", "requiressl", "sslcompression", "sslcert", "sslkey",
        "sslpassword", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "requirepeer", "ssl_min_protocol_version",
        "ssl_max_protocol_version", "krbsrvname", "gsslib", "service", "target_session_attrs",
    ]
    private static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
    private static let dots = Secret("x").description

    static func parse(_ text: String) throws(Complaint) -> ConnectionString {
        if let scheme = scheme(of: text) {
            let names = scheme.split(separator: "+", omittingEmptySubsequences: false)
            guard let name = names.first, name == "postgresql" || name == "postgres", names.count <= 2 else {
                let isWord = scheme.utf8.allSatisfy { HostText.isLetterOrDigit($0) || $0 == UInt8(ascii: "+") }
                throw Complaint("must begin with postgresql://", found: isWord ? "\(scheme)://" : nil)
            }
            let rest = text.dropFirst(scheme.count + 3)
            // SQLAlchemy puts its driver there: postgresql+psycopg2://
            return try names.count == 1 ? parseURL(scheme: String(name), rest: rest) : parseSQLAlchemy(scheme: String(name), rest: rest)
        }
        guard text.contains("=") else {
            throw Complaint("must be a URL or a key=value string as libpq knows them", hint: "as in \"postgresql://user@host:5432/name\"")
        }
        return try parsePairs(text)
    }

    /// `DATABASE_URL`: the former service gave it to SQLAlchemy, with a driver in it or without. Without, it is what libpq takes it for,
    /// where libpq can read it.
    static func parseFormer(_ text: String) throws(Complaint) -> ConnectionString {
        do throws(Complaint) {
            return try parse(text)
        } catch {
            guard let scheme = scheme(of: text), scheme == "postgresql" || scheme == "postgres",
                let former = try? parseSQLAlchemy(scheme: String(scheme), rest: text.dropFirst(scheme.count + 3))
            else { throw error }
            return former
        }
    }

    private static func parseSQLAlchemy(scheme: String, rest: Substring) throws(Complaint) -> ConnectionString {
        let text = SQLAlchemyURL.libpqText(scheme: scheme, rest: rest)
        return try parseURL(scheme: scheme, rest: text.dropFirst(scheme.count + 3))
    }

    private static func scheme(of text: String) -> Substring? {
        let scheme = text.prefix { $0 != ":" && $0 != "=" && $0 != " " }
        return text[scheme.endIndex...].hasPrefix("://") ? scheme : nil
    }

    // MARK: postgresql://user:password@host:port,host:port/name?key=value&...

    private static func parseURL(scheme: String, rest: Substring) throws(Complaint) -> ConnectionString {
        // libpq ends the user's part at the first @ or /.
        let upToAt = rest.prefix { $0 != "@" && $0 != "/" }
        var masked = "\(scheme)://"
        var carriesPassword = false
        var afterUser = rest
        if rest[upToAt.endIndex...].hasPrefix("@") {
            afterUser = rest[rest.index(after: upToAt.endIndex)...]
            let user = upToAt.prefix { $0 != ":" }
            carriesPassword = user.endIndex < upToAt.endIndex
            masked += user + (carriesPassword ? ":\(dots)" : "") + "@"
            try checkPercent(upToAt)
        }
        let hosts = afterUser.prefix { $0 != "/" && $0 != "?" }
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) { try check(host: host) }
        let afterHosts = afterUser[hosts.endIndex...]
        let name = afterHosts.prefix { $0 != "?" }
        guard !name.contains("@") else {
            throw Complaint("has an @ behind its first /", hint: "in a user name or password, write / ? # @ as %2F %3F %23 %40")
        }
        try checkPercent(name)
        masked += hosts + name
        let query = afterHosts[name.endIndex...].dropFirst()
        var shownQuery: [String] = []
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let key = String(pair.prefix { $0 != "=" })
            guard key.count < pair.count else { throw Complaint("has a parameter without = behind its ?") }
            let value = pair.dropFirst(key.count + 1)
            try checkPercent(value)
            try check(keyword: key, value: String(value))
            let isSecret = key == "password" || key == "sslpassword"
            carriesPassword = carriesPassword || key == "password"
            shownQuery.append(isSecret ? "\(key)=\(dots)" : String(pair))
        }
        if !shownQuery.isEmpty { masked += "?" + shownQuery.joined(separator: "&") }
        return ConnectionString(text: "\(scheme)://\(rest)", masked: masked, carriesPassword: carriesPassword)
    }

    private static func check(host text: Substring) throws(Complaint) {
        if text.contains("@") {
            throw Complaint("has two @ before its host", hint: "in a user name or password, write @ as %40")
        }
        // Empty is libpq's own default, and a percent code is the path of a socket.
        if text.isEmpty || text.contains("%") { return try checkPercent(text) }
        if text.hasPrefix(":") {
            guard HostText.number(ofPort: text.dropFirst()) != nil else { throw Complaint("must have a port of 1 to 65535 after the host") }
            return
        }
        _ = try HostText.parse(text)
    }

    private static func checkPercent(_ text: Substring) throws(Complaint) {
        guard let bytes = PercentDecoding.decode(text.utf8), !bytes.contains(0) else {
            throw Complaint("has a broken percent code", hint: "write % as %25")
        }
    }

    private static func check(keyword: String, value: String) throws(Complaint) {
        guard keywords.contains(keyword) else {
            // Not shown: it may be what follows a space in a password.
            let near = keyword == "ssl" ? "sslmode" : NearestName.of(keyword, among: keywords.sorted())
            throw Complaint("has a parameter that libpq does not know", hint: near.map { "did you mean \($0)?" })
        }
        if keyword == "sslmode", !sslModes.contains(value) {
            throw Complaint(
                "must have one of \(sslModes.joined(separator: ", ")) as sslmode",
                hint: NearestName.of(value, among: sslModes).map { "did you mean \($0)?" })
        }
    }

    // MARK: host=... password='...'

    private static func parsePairs(_ text: String) throws(Complaint) -> ConnectionString {
        var rest = Substring(text)
        var shown: [String] = []
        var carriesPassword = false
        func skipSpace() { rest = rest.drop { $0.isWhitespace } }
        skipSpace()
        while !rest.isEmpty {
            let keyword = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
            rest = rest.dropFirst(keyword.count)
            skipSpace()
            guard rest.hasPrefix("=") else { throw Complaint("has a word without = in its key=value string") }
            rest = rest.dropFirst()
            skipSpace()
            let before = rest
            let value = try takeValue(&rest)
            try check(keyword: keyword, value: value)
            let isSecret = keyword == "password" || keyword == "sslpassword"
            carriesPassword = carriesPassword || keyword == "password"
            shown.append("\(keyword)=" + (isSecret ? dots : String(before[..<rest.startIndex])))
            skipSpace()
        }
        return ConnectionString(text: text, masked: shown.joined(separator: " "), carriesPassword: carriesPassword)
    }

    private static func takeValue(_ rest: inout Substring) throws(Complaint) -> String {
        var value = ""
        let isQuoted = rest.hasPrefix("'")
        if isQuoted { rest = rest.dropFirst() }
        while let character = rest.first {
            if isQuoted ? character == "'" : character.isWhitespace { break }
            rest = rest.dropFirst()
            guard character == "\\" else {
                value.append(character)
                continue
            }
            if let escaped = rest.popFirst() { value.append(escaped) }
        }
        if isQuoted, rest.popFirst() == nil { throw Complaint("has a ' without its partner") }
        return value
    }
}
