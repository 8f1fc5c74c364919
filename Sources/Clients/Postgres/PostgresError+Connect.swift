extension PostgresError {
    /// Reads what libpq says of a connection that failed.
    ///
    /// libpq 15 gives the SQLSTATE of a refused login in the text alone, and there only with verbose errors: `FATAL:  28P01: password
    /// authentication failed for user "x"`. Its own messages are in English as long as nobody calls setlocale(3), which we do not.
    static func connecting(_ text: String, hiding secret: String?) -> PostgresError {
        var lines = [String]()
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.drop { $0 == " " || $0 == "\t" }
            if !words.hasPrefix("LOCATION:") { lines.append(String(words)) }
        }
        var message = oneLine(lines.joined(separator: "; "))
        if let secret, !secret.isEmpty { message = message.replacingAll(secret, with: "••••••") }

        if let state = sqlState(in: message) { return PostgresError(.server, "connect", sqlState: state, message) }
        if let cause = tlsCauses.first(where: { message.containsText($0.sign) }) {
            return PostgresError(.tls, "connect", cause.meaning.map { "\($0): \(message)" } ?? message)
        }
        let isSetup = setupSigns.contains { message.containsText($0) }
        return PostgresError(isSetup ? .setup : .unreachable, "connect", message)
    }

    /// The last state, for libpq lists every address and method it tried.
    private static func sqlState(in message: String) -> String? {
        let bytes = Array(message.utf8)
        var found: String?
        // `:  XXXXX: `, as pqBuildErrorMessage3 writes it after the severity
        for start in bytes.indices.dropFirst(3) where start + 5 < bytes.count && bytes[start + 5] == UInt8(ascii: ":") {
            guard bytes[start - 3] == UInt8(ascii: ":"), bytes[start - 2] == UInt8(ascii: " "), bytes[start - 1] == UInt8(ascii: " ") else {
                continue
            }
            let candidate = bytes[start..<start + 5]
            let fits = candidate.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            }
            if fits { found = String(decoding: candidate, as: UTF8.self) }
        }
        return found
    }

    /// fe-secure-openssl.c, fe-secure-common.c and fe-connect.c of libpq 15.
    private static let tlsCauses: [(sign: String, meaning: String?)] = [
        ("certificate verify failed", "the server's certificate is not signed by a trusted CA (sslrootcert)"),
        ("does not match host name", "the server's certificate is for another host"),
        ("root certificate file", nil),
        ("server does not support SSL", nil),
        ("could not open certificate file", nil),
        ("could not load private key file", nil),
        ("private key file", nil),
        ("certificate file", nil),
        ("SSL error", nil),
    ]

    private static let setupSigns = [
        "no password supplied", "invalid port number", "invalid integer value", "invalid sslmode value", "invalid value for",
        "could not match", "definition of service", "value: \"", "could not look up local user",
    ]
}

extension String {
    fileprivate func containsText(_ text: String) -> Bool { Self.find(Array(text.utf8), in: Array(utf8), from: 0) != nil }

    fileprivate func replacingAll(_ text: String, with other: String) -> String {
        let bytes = Array(utf8)
        let wanted = Array(text.utf8)
        var result = ""
        var start = 0
        while let place = Self.find(wanted, in: bytes, from: start) {
            result += String(decoding: bytes[start..<place], as: UTF8.self) + other
            start = place + wanted.count
        }
        return result + String(decoding: bytes[start...], as: UTF8.self)
    }

    private static func find(_ wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard !wanted.isEmpty, bytes.count - start >= wanted.count else { return nil }
        return (start...bytes.count - wanted.count).first { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
