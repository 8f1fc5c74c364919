/// `scheme://user:password@host:port/path` (RFC 3986, section 3), as brokers, Redis and S3 servers are named.
///
/// A complaint about one never shows more of it than its scheme: where the rest is broken, nobody can tell what is a password.
struct ServerURL: Equatable {
    var scheme: String
    var user: String?
    var password: Secret?
    /// Without the brackets of an IPv6 address.
    var host: String
    var port: Int?
    /// What follows the port, with its `/`.
    var path: String

    static func parse(_ text: String, schemes: [String]) throws(Complaint) -> ServerURL {
        let names = schemes.map { "\($0)://" }.joined(separator: " or ")
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw Complaint("must begin with \(names)", hint: "as in \"\(schemes[0])://host:1234\"")
        }
        let scheme = text[..<colon].lowercased()
        guard schemes.contains(scheme) else {
            let known = scheme.utf8.allSatisfy { HostText.isLetterOrDigit($0) || $0 == UInt8(ascii: "+") }
            throw Complaint(
                "must begin with \(names)", found: known ? "\(scheme)://" : nil,
                hint: NearestName.of(scheme, among: schemes).map { "did you mean \($0)://?" })
        }
        let afterScheme = text[text.index(colon, offsetBy: 3)...]
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let rest = afterScheme[authority.endIndex...]
        guard !rest.contains("@"), !rest.contains("?"), !rest.contains("#") else {
            throw Complaint("has a part that does not belong there", hint: "in a user name or password, write / ? # @ as %2F %3F %23 %40")
        }
        var url = ServerURL(scheme: scheme, host: "", path: String(rest))
        var address = authority
        if let at = authority.lastIndex(of: "@") {
            address = authority[authority.index(after: at)...]
            let userInfo = authority[..<at]
            let user = userInfo.prefix { $0 != ":" }
            url.user = try decode(user)
            if user.endIndex < userInfo.endIndex { url.password = Secret(try decode(userInfo[userInfo.index(after: user.endIndex)...])) }
        }
        (url.host, url.port) = try HostText.parse(address)
        return url
    }

    private static func decode(_ text: Substring) throws(Complaint) -> String {
        guard let bytes = PercentDecoding.decode(text.utf8), let decoded = String(validating: bytes, as: UTF8.self),
            !decoded.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { throw Complaint("has a broken percent code in its user name or password", hint: "write % as %25") }
        return decoded
    }
}

/// `host`, `host:port`, `[IPv6]:port`.
enum HostText {
    static func parse(_ text: Substring) throws(Complaint) -> (host: String, port: Int?) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw Complaint("has a [ without its ]") }
            host = text[text.index(after: text.startIndex)..<close]
            let after = text[text.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw Complaint("must have a port or nothing after ]") }
            port = after.isEmpty ? nil : after.dropFirst()
            guard host.contains(":"), host.utf8.allSatisfy({ isLetterOrDigit($0) || ":.%".utf8.contains($0) }) else {
                throw Complaint("must have an IPv6 address between [ and ]")
            }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                port = text[text.index(after: colon)...]
            }
            try check(host: String(host))
        }
        guard let port else { return (String(host), nil) }
        guard let number = number(ofPort: port) else { throw Complaint("must have a port of 1 to 65535 after the host") }
        return (String(host), number)
    }

    /// A name or address; underscores are allowed, for container networks have them.
    static func check(host: String) throws(Complaint) {
        guard !host.isEmpty else { throw Complaint("must name a host") }
        guard host.utf8.count <= 253, host.utf8.allSatisfy({ isLetterOrDigit($0) || "._-".utf8.contains($0) }) else {
            throw Complaint("must have a host name or address of letters, digits, dots and hyphens")
        }
    }

    /// A host by itself, an IPv6 address with or without brackets.
    /// - Returns: it without brackets.
    static func alone(_ text: Substring) throws(Complaint) -> String {
        let isAddress = text.hasPrefix("[") || text.filter { $0 == ":" }.count >= 2
        guard isAddress else {
            try check(host: String(text))
            return String(text)
        }
        let (host, port) = try parse(text.hasPrefix("[") ? text : "[\(text)]")
        guard port == nil else { throw Complaint("must be a host alone") }
        return host
    }

    static func number(ofPort text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text) else { return nil }
        return (1...65_535).contains(number) ? number : nil
    }

    /// With brackets where an address has colons of its own.
    static func print(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

/// RFC 3986, section 2.1.
enum PercentDecoding {
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(nibble), let low = iterator.next().flatMap(nibble) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
