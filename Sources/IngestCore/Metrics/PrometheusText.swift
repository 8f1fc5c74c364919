/// Builds a page in Prometheus' text format (Prometheus documentation, "Exposition formats", version 0.0.4).
///
/// A family is begun with its name, kind and help; its samples follow. Names are given without the prefix.
package struct PrometheusText: Sendable {
    package static let prefix = "thermo_ingest_"
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package private(set) var text = ""

    package init() {}

    package mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        begin(name, kind, help)
        for sample in samples { line(name, sample.labels, sample.value) }
    }

    /// A family of one sample.
    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help, [([], value)])
    }

    package mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        begin(name, .histogram, help)
        var total = 0
        for (bound, count) in zip(histogram.bounds.map(Self.number) + ["+Inf"], histogram.counts) {
            total += count
            line(name + "_bucket", [("le", bound)], Double(total))
        }
        line(name + "_sum", [], histogram.sum)
        line(name + "_count", [], Double(total))
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(Self.prefix)\(name) \(help)\n# TYPE \(Self.prefix)\(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        text += Self.prefix + name + (list.isEmpty ? "" : "{\(list)}") + " " + Self.number(value) + "\n"
    }

    /// Backslash, quotation mark and line feed are escaped in label values.
    private static func escaped(_ value: String) -> String {
        value.escaping { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: nil
            }
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
