extension ConfigurationReader {
    private static let sections = Setting.all.map(\.section).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }

    /// What other programs, and the former service's variables, call our sections.
    private static let otherNames = [
        "minio": "s3", "storage": "s3", "aws": "s3", "broker": "mqtt", "mosquitto": "mqtt", "database": "postgres", "db": "postgres",
        "postgresql": "postgres", "sql": "postgres", "cache": "redis", "logging": "log", "server": "http", "web": "http", "queue": "spool",
    ]

    /// Reports keys and sections that do not exist, and sections that are none. Values of unknown keys are never shown: a misspelled
    /// password is one.
    mutating func reportUnknownKeys() {
        let secretFiles = Setting.all.filter(\.isSecret).map { $0.path + "_file" }
        let keys = Set(Setting.all.map(\.path) + secretFiles)
        var done: [String] = []
        for node in sources.nodes where !done.contains(where: { node.path.hasPrefix($0 + ".") || node.path.hasPrefix($0 + "[") }) {
            if Self.sections.contains(node.path) {
                if node.kind == .table { continue }
                done.append(node.path)
                report(node, "must be a section", hint: node.kind == .array ? "write [\(node.path)] once, in single brackets" : nil)
            } else if keys.contains(node.path) {
                // Whatever stands below is part of a wrong value.
                done.append(node.path)
            } else {
                done.append(node.path)
                reportUnknown(node, keys: keys)
            }
        }
    }

    private mutating func reportUnknown(_ node: ConfigurationNode, keys: Set<String>) {
        // What stands below an unknown key is passed over, so its parent is a section or nothing. A quoted name may hold dots.
        let section = Self.sections.last { node.path.hasPrefix($0 + ".") } ?? ""
        let name = section.isEmpty ? node.path : String(node.path.dropFirst(section.count + 1))
        let homes = Setting.all.filter { $0.name == name }.map { "[\($0.section)]" }
        guard node.kind != .table || Self.sections.contains(section) else {
            let near = Self.otherNames[name.lowercased()] ?? NearestName.of(node.path, among: Self.sections)
            let all = Self.sections.filter { !$0.contains(".") }.map { "[\($0)]" }.joined(separator: " ")
            return report(node, "is no section; there are \(all)", hint: near.map { "did you mean [\($0)]?" })
        }
        guard Self.sections.contains(section) else {
            let hint = homes.isEmpty ? nil : "did you mean it to stand under \(homes.joined(separator: " or "))?"
            return report(node, "stands under no section", hint: hint)
        }
        let siblings = keys.filter { $0.hasPrefix(section + ".") && !$0.dropFirst(section.count + 1).contains(".") }.sorted()
        let names =
            siblings.map { String($0.dropFirst(section.count + 1)) }
            + Self.sections.filter { $0.hasPrefix(section + ".") }.map { String($0.dropFirst(section.count + 1)) }
        if let near = NearestName.of(name, among: names) { return report(node, "is no key of [\(section)]", hint: "did you mean \(near)?") }
        if !homes.isEmpty { return report(node, "is no key of [\(section)]", hint: "it belongs to \(homes.joined(separator: " or "))") }
        report(node, "is no key of [\(section)]; it has \(names.joined(separator: ", "))")
    }

    private mutating func report(_ node: ConfigurationNode, _ problem: String, hint: String? = nil) {
        // A key may be anything in quotes, control characters included.
        let key = Quoted.text(node.path).dropFirst().dropLast()
        let shown = key.utf8.count <= 100 ? String(key) : String(key.prefix(100)) + "…"
        mistakes.append(Mistake(source: .file(sources.file, line: node.line), key: shown, problem: problem, hint: hint))
    }
}
