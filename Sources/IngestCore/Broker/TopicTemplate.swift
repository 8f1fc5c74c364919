/// A topic to publish to, with placeholders: `camera/{camera_uid}/stored`.
package struct TopicTemplate: Equatable, Sendable {
    package enum Placeholder: String, CaseIterable, Sendable {
        case cameraUID = "camera_uid"
        case clientID = "client_id"
    }

    /// Of `[mqtt] stored_topic` and of `status_topic`.
    package static let ofStored: [Placeholder] = [.cameraUID, .clientID]
    package static let ofStatus: [Placeholder] = [.clientID]

    private enum Part: Equatable, Sendable {
        case text(String)
        case placeholder(Placeholder)
    }

    /// What is wrong with a template.
    package enum Mistake: Error, Equatable, Sendable {
        case empty, tooLong, wildcard, reserved, brace
        case unknown(String)
    }

    /// In bytes (MQTT 5.0, 1.5.4), with room for what placeholders stand for.
    private static let longest = 60_000

    private let parts: [Part]

    /// - Parameter known: the placeholders that mean something in this one.
    package init(_ text: String, known: [Placeholder]) throws(Mistake) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        guard !text.contains("+"), !text.contains("#"), !text.utf8.contains(0) else { throw .wildcard }
        // The broker's own (4.7.2).
        guard !text.hasPrefix("$") else { throw .reserved }
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}") else { throw .brace }
            let name = String(rest[rest.index(after: open)..<close])
            guard let placeholder = known.first(where: { $0.rawValue == name }) else { throw .unknown(name) }
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            parts.append(.placeholder(placeholder))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    /// The topic. A value stays one level, and no wildcard: `/`, `+` and `#` in it are percent-encoded, and so is a `$` at the topic's
    /// beginning.
    package func topic(_ value: (Placeholder) -> String) -> String {
        var topic = ""
        for part in parts {
            switch part {
            case .text(let text): topic += text
            case .placeholder(let placeholder):
                for character in value(placeholder).unicodeScalars {
                    let isReserved = character == "$" && topic.isEmpty
                    guard isReserved || character == "/" || character == "+" || character == "#" || character.value == 0 else {
                        topic.unicodeScalars.append(character)
                        continue
                    }
                    topic += "%" + Hex.upper(UInt8(character.value))
                }
            }
        }
        return topic
    }
}
