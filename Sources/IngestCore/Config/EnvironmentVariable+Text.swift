extension EnvironmentVariable {
    /// A variable's text as the former service read it from its `.env`; nil where there is none, or nothing in it.
    ///
    /// systemd and `docker compose` take quotes, line ends and comments away, `docker run --env-file` and Kubernetes leave them there, so
    /// they are taken away here as python-dotenv 1.2 does: white space at both ends (the CR of a file edited on Windows), a pair of quotes
    /// and the backslashes before quotes and backslashes within, and what follows white space and #. In a password that is no comment:
    /// those who quoted it have lost the quotes on the way.
    static func text(_ name: String, in environment: [String: String]) -> String? {
        guard let given = environment[name] else { return nil }
        let trimmed = trimmed(given[...])
        let text = unquoted(trimmed) ?? String(name.hasSuffix("PASSWORD") ? trimmed : withoutComment(trimmed))
        return text.isEmpty ? nil : text
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// - Returns: nil where the text is not one in quotes, with at most a comment behind them.
    private static func unquoted(_ text: Substring) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return nil }
        var plain = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                return rest.isEmpty || rest.first?.isWhitespace == true && trimmed(rest).hasPrefix("#") ? plain : nil
            }
            let isEscape = character == "\\" && (rest.first == quote || rest.first == "\\")
            plain.append(isEscape ? rest.removeFirst() : character)
        }
        return nil
    }

    private static func withoutComment(_ text: Substring) -> Substring {
        var before: Character?
        for place in text.indices {
            if text[place] == "#", before?.isWhitespace == true { return trimmed(text[..<place]) }
            before = text[place]
        }
        return text
    }

    /// The port that a variable names: a number, or the URL that Kubernetes puts into the same variable for each service of that name
    /// (`REDIS_PORT=tcp://10.96.0.5:6379`; Kubernetes documentation, "Service", "Environment variables").
    /// - Returns: nil where such a URL stands beside no `host` of ours: then nobody has asked for that service.
    static func port(_ text: String, besides host: String, in environment: [String: String]) throws(Complaint) -> Int? {
        guard text.hasPrefix("tcp://") else { return try Setting.number(GivenValue(text: text), in: 1...65_535) }
        guard Self.text(host, in: environment) != nil else { return nil }
        guard let port = try ServerURL.parse(text, schemes: ["tcp"]).port else {
            throw Complaint("must be a port", found: Quoted.text(text))
        }
        return port
    }
}
