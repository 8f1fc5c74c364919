import Foundation

/// A configuration file put together from layers of TOML text: a key given again replaces the earlier one.
struct SiteConfiguration {
    private var sections: [(name: String, lines: [(key: String, line: String)])] = []

    init(_ layers: String...) { for layer in layers { add(layer) } }

    mutating func add(_ text: String) {
        var section = ""
        for line in text.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) where !line.isEmpty && !line.hasPrefix("#")
        {
            if line.hasPrefix("["), line.hasSuffix("]"), !line.contains("=") {
                section = String(line.dropFirst().dropLast())
                if !sections.contains(where: { $0.name == section }) { sections.append((section, [])) }
                continue
            }
            guard let place = sections.firstIndex(where: { $0.name == section }) else { continue }
            let key = line.prefix { $0 != "=" }.trimmingCharacters(in: .whitespaces)
            sections[place].lines.removeAll { $0.key == key }
            sections[place].lines.append((key, line))
        }
    }

    var text: String { sections.map { "[\($0.name)]\n" + $0.lines.map { $0.line + "\n" }.joined() }.joined(separator: "\n") }
}
