/// One key an operator may set: how its value is read, kept and shown. `Setting.all` is the whole list; the reader, `check --show`
/// and config/config.toml are made from it.
package struct Setting: Sendable {
    /// Dotted: `mqtt.url`, `mqtt.tls.ca_file`.
    package let path: String
    /// One line for config/config.toml.
    package let reason: String
    /// Given as `x`, as `x_file`, or as a systemd credential named like the path. Never shown.
    package let isSecret: Bool
    /// Names a file that must be there.
    let isFile: Bool
    /// Keys that the same text may set too, as a URL sets a user.
    let parts: [String]
    /// Checks one element of a list, so that each may be told with its own line.
    let element: (@Sendable (GivenValue) throws(Complaint) -> Void)?
    let apply: @Sendable (GivenValue, inout Configuration) throws(Complaint) -> Void
    let value: @Sendable (Configuration) -> Value

    /// A value as TOML would write it.
    enum Value: Equatable {
        case text(String)
        case number(Int)
        case toggle(Bool)
        case list([String])
        case secret(Secret)

        var toml: String {
            switch self {
            case .text(let text): Quoted.text(text)
            case .number(let number): "\(number)"
            case .toggle(let isOn): isOn ? "true" : "false"
            case .list(let texts):
                if texts.count == 1 { Quoted.text(texts[0]) } else { "[" + texts.map(Quoted.text).joined(separator: ", ") + "]" }
            case .secret(let secret): Quoted.text(secret.description)
            }
        }
    }

    init(
        _ path: String, _ reason: String, isSecret: Bool = false, isFile: Bool = false, parts: [String] = [],
        element: (@Sendable (GivenValue) throws(Complaint) -> Void)? = nil,
        value: @escaping @Sendable (Configuration) -> Value,
        apply: @escaping @Sendable (GivenValue, inout Configuration) throws(Complaint) -> Void
    ) {
        self.path = path
        self.reason = reason
        self.isSecret = isSecret
        self.isFile = isFile
        self.parts = parts
        self.element = element
        self.value = value
        self.apply = apply
    }

    /// `mqtt.tls` of `mqtt.tls.ca_file`.
    package var section: String { String(path[..<(path.lastIndex(of: ".") ?? path.startIndex)]) }
    /// `ca_file` of `mqtt.tls.ca_file`.
    package var name: String { String(path[(path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex)...]) }

    /// As TOML would write it, secrets as dots.
    package func shown(_ configuration: Configuration) -> String { value(configuration).toml }

    package static let all: [Setting] = mqtt + s3 + postgres + redis + intake + journal + spool + drain + http + log
    static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })
}
