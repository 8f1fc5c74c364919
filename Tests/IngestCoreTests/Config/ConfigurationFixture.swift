@testable import IngestCore

/// A configuration file in the shape in which the reader gets it: one key a line, in the order given, sections first mentioned where
/// their first key stands.
struct ConfigurationFixture {
    var nodes: [ConfigurationNode] = []
    var environment: [String: String] = [:]
    var files: [String: ConfigurationSources.FileContents] = [:]
    var redisHasTLS: Bool

    init(
        _ values: KeyValuePairs<String, Any> = [:], environment: [String: String] = [:], files: [String: String] = [:],
        redisHasTLS: Bool = false
    ) {
        self.redisHasTLS = redisHasTLS
        for (line, (path, value)) in values.enumerated() { add(path, value, line: line + 1) }
        self.environment = environment
        self.files = files.mapValues { .bytes(Array($0.utf8)) }
    }

    private mutating func add(_ path: String, _ value: Any, line: Int) {
        let sections = path.split(separator: ".").dropLast()
        for count in 0..<sections.count {
            let section = sections[...count].joined(separator: ".")
            if !nodes.contains(where: { $0.path == section }) { node(section, .table, "", line) }
        }
        switch value {
        case let text as String: node(path, .string, text, line)
        case let number as Int: node(path, .integer, "\(number)", line)
        case let isOn as Bool: node(path, .boolean, "\(isOn)", line)
        case let number as Double: node(path, .float, "\(number)", line)
        case let list as [Any]:
            node(path, .array, "", line)
            for (index, element) in list.enumerated() { add("\(path)[\(index)]", element, line: line) }
        default: node(path, .table, "", line)
        }
    }

    private mutating func node(_ path: String, _ kind: ConfigurationNode.Kind, _ text: String, _ line: Int) {
        nodes.append(ConfigurationNode(path: path, kind: kind, text: text, line: line))
    }

    func read() throws(Mistakes) -> InForce {
        let files = files
        return try ConfigurationReader.read(
            ConfigurationSources(file: "c.toml", nodes: nodes, environment: environment, redisHasTLS: redisHasTLS) { files[$0] ?? .missing }
        )
    }

    /// What is wrong with it, as an operator reads it.
    var mistakes: [String] {
        do throws(Mistakes) {
            _ = try read()
            return []
        } catch {
            return error.list.map(\.description)
        }
    }
}
