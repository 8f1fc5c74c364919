/// A database URL as SQLAlchemy reads it, for the former service did (`sqlalchemy.engine.make_url` and psycopg2's
/// `create_connect_args`; read in 1.4, 2.0 and 2.1).
///
/// It differs from libpq's reading in what it lets stand bare:
/// - a password goes on to the first @, whatever else is in it: `/`, `:`, `#`, `?`;
/// - a user name goes on to the first `:`, an @ in it included;
/// - a % that begins no percent code is a %;
/// - a + in the query is a space, a parameter without a value is none, and `host` may be given more than once.
enum SQLAlchemyURL {
    /// The same as libpq reads it.
    /// - Parameter rest: what follows `scheme://`.
    static func libpqText(scheme: String, rest: Substring) -> String {
        let (user, password, afterUser) = userInfo(rest)
        let hosts = afterUser.prefix { $0 != "/" && $0 != "?" }
        let name = afterUser[hosts.endIndex...].prefix { $0 != "?" }
        let query = afterUser[name.endIndex...].dropFirst()

        var text = "\(scheme)://"
        if let user { text += encoded(user) + (password.map { ":" + encoded($0) } ?? "") + "@" }
        text += hosts
        if name.hasPrefix("/") { text += "/" + encoded(name.dropFirst()) }
        let parameters = parameters(query).map { "\($0.key)=\(PercentEncoding.encode($0.value.utf8))" }
        if !parameters.isEmpty { text += "?" + parameters.joined(separator: "&") }
        return text
    }

    private static func userInfo(_ rest: Substring) -> (user: Substring?, password: Substring?, after: Substring) {
        let head = rest.prefix { $0 != ":" && $0 != "/" }
        let behind = rest[head.endIndex...]
        if behind.hasPrefix(":"), let at = behind.firstIndex(of: "@") {
            return (head, behind[..<at].dropFirst(), rest[rest.index(after: at)...])
        }
        guard let at = head.lastIndex(of: "@") else { return (nil, nil, rest) }
        return (head[..<at], nil, rest[rest.index(after: at)...])
    }

    private static func parameters(_ query: Substring) -> [(key: String, value: String)] {
        var parameters: [(key: String, value: String)] = []
        var hosts: [String] = []
        for pair in query.split(separator: "&") {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let key = String(pair[..<equals])
            let value = String(decoding: decoded(pair[pair.index(after: equals)...].map { $0 == "+" ? " " : $0 }), as: UTF8.self)
            if value.isEmpty { continue }
            if key == "host" { hosts.append(value) } else { parameters.append((key, value)) }
        }
        return listed(hosts, portsGiven: parameters.contains { $0.key == "port" }) + parameters
    }

    /// `host=a:1&host=b:2`, or one `host=a:1`, is a list of hosts and one of ports.
    private static func listed(_ hosts: [String], portsGiven: Bool) -> [(key: String, value: String)] {
        if hosts.isEmpty { return [] }
        let parts = hosts.map { host -> (host: Substring, port: Substring) in
            let name = host.prefix { $0 != ":" }
            let port = host[name.endIndex...].dropFirst()
            let isPair = !portsGiven && !host.contains("/") && !port.contains(":")
            return isPair ? (name, port) : (host[...], "")
        }
        let names = ("host", parts.map(\.host).joined(separator: ","))
        let ports = parts.map(\.port)
        return ports.allSatisfy(\.isEmpty) ? [names] : [names, ("port", ports.joined(separator: ","))]
    }

    private static func encoded(_ text: Substring) -> String { PercentEncoding.encode(decoded(Array(text))) }

    /// Python's `urllib.parse.unquote`.
    private static func decoded(_ text: [Character]) -> [UInt8] {
        let bytes = Array(String(text).utf8)
        var plain: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if place + 2 < bytes.count, let code = PercentDecoding.decode(bytes[place...place + 2]), code.count == 1 {
                plain += code
                place += 3
            } else {
                plain.append(bytes[place])
                place += 1
            }
        }
        return plain
    }
}
