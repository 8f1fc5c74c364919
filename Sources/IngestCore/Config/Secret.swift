/// A word that no log, error, process title or HTTP answer may show. Printing it prints dots.
package struct Secret: Equatable, Sendable {
    /// The word itself, for the client that must send it.
    package let revealed: String

    package init(_ text: String) { revealed = text }

    package var isEmpty: Bool { revealed.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { isEmpty ? "" : "••••••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
