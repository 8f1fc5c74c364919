// The keys of [s3], [postgres] and [redis].
extension Setting {
    static let s3: [Setting] = [
        text(
            "s3.endpoint", \.s3.endpoint, "a URL", "MinIO or any S3 server; https:// for TLS, host:port alone means http://",
            check: endpoint),
        text("s3.bucket", \.s3.bucket, "a text", "holds the pictures", check: bucket),
        text("s3.region", \.s3.region, "a text", "part of every signature; MinIO takes any") { region throws(Complaint) in
            guard (1...64).contains(region.utf8.count), region.utf8.allSatisfy({ HostText.isLetterOrDigit($0) || "-_".utf8.contains($0) })
            else {
                throw Complaint("must be a name of letters, digits and hyphens", found: Quoted.text(region))
            }
            return region
        },
        secret("s3.access_key", \.s3.accessKey, "who signs; both keys empty sends unsigned requests"),
        secret("s3.secret_key", \.s3.secretKey, "signs; never sent"),
        secret("s3.session_token", \.s3.sessionToken, "only with temporary keys"),
        toggle("s3.path_style", \.s3.pathStyle, "host/bucket/key, as MinIO serves it; false is bucket.host/key"),
        toggle("s3.create_bucket", \.s3.createBucket, "creates the bucket when it is missing; false needs fewer rights"),
        text("s3.key", \.s3.key, "a text", "object names; also {yyyy} {mm} {dd} {hh}, in UTC", check: KeyTemplateText.check),
        file("s3.ca_file", \.s3.caFile, "PEM certificates to trust instead of the system's"),
        duration("s3.timeout", \.s3.timeout, .seconds(1) ... .seconds(3600), "without a byte moving; then the server counts as down"),
    ]

    private static func endpoint(_ text: String) throws(Complaint) -> String {
        // The former service's client was given host:port.
        var isBare = true
        if let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") { isBare = false }
        let url = try ServerURL.parse(isBare ? "http://\(text)" : text, schemes: ["http", "https"])
        guard url.user == nil else {
            throw Complaint("must not hold a user or password", hint: "the keys go into access_key and secret_key")
        }
        guard url.path.allSatisfy({ $0 == "/" }) else {
            throw Complaint("must end after host and port", hint: "the bucket goes into bucket, folders into key")
        }
        return "\(url.scheme)://\(HostText.print(url.host))" + (url.port.map { ":\($0)" } ?? "")
    }

    /// Bucket names (S3 user guide, "General purpose bucket naming rules").
    private static func bucket(_ name: String) throws(Complaint) -> String {
        let isPlain = name.utf8.allSatisfy { HostText.isLetterOrDigit($0) || ".-".utf8.contains($0) }
        let ends = [name.utf8.first, name.utf8.last].compactMap { $0 }
        guard (3...63).contains(name.utf8.count), isPlain, name == name.lowercased(), ends.allSatisfy(HostText.isLetterOrDigit),
            !name.split(separator: ".", omittingEmptySubsequences: false).contains("")
        else {
            let hint = isPlain && name != name.lowercased() ? "did you mean \(Quoted.text(name.lowercased()))?" : nil
            throw Complaint("must be 3 to 63 lower-case letters, digits, dots and hyphens", found: Quoted.text(name), hint: hint)
        }
        return name
    }

    static let postgres: [Setting] = [
        Setting(
            "postgres.url", "any libpq URL or key=value string, sslmode included", parts: ["postgres.password"],
            value: { .text((try? ConnectionString.parse($0.postgres.url.revealed))?.masked ?? $0.postgres.url.description) },
            apply: { given, configuration throws(Complaint) in
                guard given.kind == nil || given.kind == .string else { throw Complaint("must be a text, in quotes") }
                guard !given.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
                    throw Complaint("must not hold control characters")
                }
                configuration.postgres.url = Secret(try ConnectionString.parse(given.text).text)
            }),
        secret("postgres.password", \.postgres.password, "beats one in url"),
        text("postgres.schema", \.postgres.schema, "a name", "holds the tables devices and image_objects", check: schema),
        duration("postgres.timeout", \.postgres.timeout, .seconds(1) ... .seconds(600), "for connecting and for each statement"),
        text("postgres.notify", \.postgres.notify, "the name of a channel", "a channel for LISTEN, told of each new row", check: channel),
    ]

    /// Quoted wherever it is used, so any text will do (NAMEDATALEN is 64).
    private static func channel(_ name: String) throws(Complaint) -> String {
        guard name.utf8.count <= 63, !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw Complaint("must be the name of a channel, at most 63 bytes", found: Quoted.text(name))
        }
        return name
    }

    /// An identifier that needs no quotes (PostgreSQL 15, section 4.1.1; NAMEDATALEN is 64).
    private static func schema(_ name: String) throws(Complaint) -> String {
        let first = name.utf8.first.map {
            HostText.isLetterOrDigit($0) && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard first == true, name.utf8.count <= 63, name.utf8.allSatisfy({ HostText.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }) else {
            throw Complaint("must be a name of letters, digits and _, at most 63", found: Quoted.text(name))
        }
        guard !name.hasPrefix("pg_") else {
            throw Complaint("must not begin with pg_, which PostgreSQL keeps for itself", found: Quoted.text(name))
        }
        return name
    }

    static let redis: [Setting] = [
        Setting(
            "redis.url", "user, password and database may stand in it; this section or REDIS_HOST turns Redis on",
            parts: ["redis.password"],
            value: { configuration in
                let redis = configuration.redisInUse
                let user = redis.username.isEmpty ? "" : PercentEncoding.encode(redis.username.utf8) + "@"
                return .text("\(redis.tls ? "rediss" : "redis")://\(user)\(HostText.print(redis.host)):\(redis.port)/\(redis.database)")
            }, apply: redisURL),
        secret("redis.password", \.redisInUse.password, "beats one in url"),
        file("redis.ca_file", \.redisInUse.caFile, "for rediss://: PEM certificates to trust instead of the system's"),
        toggle("redis.share_chunks", \.redisInUse.shareChunks, "many gateways, one load: needs mqtt.shared_group and image ids"),
        duration("redis.timeout", \.redisInUse.timeout, .milliseconds(10) ... .seconds(10), "Redis never holds up intake longer"),
    ]

    private static func redisURL(_ given: GivenValue, _ configuration: inout Configuration) throws(Complaint) {
        let url = try ServerURL.parse(try given.secretText(), schemes: ["redis", "rediss"])
        let number = url.path.drop { $0 == "/" }
        guard url.path.count - number.count <= 1, number.isEmpty || Int(number).map({ (0...65_535).contains($0) }) == true else {
            throw Complaint("must have a database number after the last /", hint: "as in \"redis://host:6379/0\"")
        }
        configuration.redisInUse.tls = url.scheme == "rediss"
        configuration.redisInUse.host = url.host
        configuration.redisInUse.port = url.port ?? 6379
        configuration.redisInUse.database = Int(number) ?? 0
        if let user = url.user { configuration.redisInUse.username = user }
        if let password = url.password { configuration.redisInUse.password = password }
    }
}

extension GivenValue {
    /// A text that may hold a password, so none of it is shown.
    func secretText() throws(Complaint) -> String {
        guard kind == nil || kind == .string else { throw Complaint("must be a URL, in quotes") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw Complaint("must not hold control characters")
        }
        return text
    }
}
