/// Where an S3 server listens: scheme, host and port.
package struct S3Endpoint: Equatable, Sendable {
    package enum Mistake: String, Error, CaseIterable {
        case scheme = "must start with http:// or https://"
        case host = "has no valid host name"
        case port = "has no valid port (1 to 65535)"
        case extra = "must be scheme, host and port alone: no user, path or query"
    }

    /// `https://`
    package let tls: Bool
    /// A name or an address; an IPv6 address in its brackets.
    package let host: String
    /// Nil where it is the scheme's own.
    package let port: Int?

    /// Reads `https://host:port`; one `/` at the end is tolerated.
    package init(_ text: String) throws(Mistake) {
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { throw .scheme }
        tls = lower.hasPrefix("https://")
        var rest = text.dropFirst(tls ? 8 : 7)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if rest.contains(where: { "/?#@\\".contains($0) }) { throw .extra }

        let name: Substring
        let portText: Substring?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            name = rest[...end]
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .host }
            portText = after.isEmpty ? nil : after.dropFirst()
            guard name.utf8.count > 2, name.dropFirst().dropLast().utf8.allSatisfy({ Self.isInAddress($0) }) else { throw .host }
        } else {
            let colon = rest.firstIndex(of: ":")
            name = rest[..<(colon ?? rest.endIndex)]
            portText = colon.map { rest[rest.index(after: $0)...] }
            guard !name.isEmpty, name.utf8.allSatisfy({ Self.isInName($0) }) else { throw .host }
        }
        host = String(name)
        guard let portText else {
            port = nil
            return
        }
        guard portText.utf8.allSatisfy({ Self.digits.contains($0) }), let number = Int(portText), (1...65_535).contains(number) else {
            throw .port
        }
        port = number == (tls ? 443 : 80) ? nil : number
    }

    /// What a request for `key` in `bucket`, or for the bucket itself, is sent to.
    ///
    /// Path style: `https://host/bucket/key`; virtual-host style: `https://bucket.host/key`.
    package func target(bucket: String, key: String?, pathStyle: Bool) -> Target {
        let name = pathStyle ? host : "\(bucket).\(host)"
        var path = pathStyle ? "/\(bucket)" : ""
        if let key { path += "/\(key)" }
        return Target(
            origin: (tls ? "https://" : "http://") + name + (port.map { ":\($0)" } ?? ""),
            host: name + (port.map { ":\($0)" } ?? ""),
            path: path.isEmpty ? "/" : path
        )
    }

    package struct Target: Equatable, Sendable {
        /// Scheme, host and port: the URL up to its path.
        package let origin: String
        /// The `Host` header, without the scheme's own port (RFC 9110, section 7.2).
        package let host: String
        /// Not yet percent-encoded.
        package let path: String
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private static func isInName(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return digits.contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

    private static func isInAddress(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return digits.contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter)
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }
}
