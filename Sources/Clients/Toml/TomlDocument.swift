import CToml

/// A TOML 1.0 document as a flat list of its keys, each with its place in the text.
///
/// Reading goes on after a syntax error where that is safe: a broken `key = value` line is left out and the rest read again, so that
/// several mistakes come to light at once. A broken section header or an open bracket ends it, for what follows would be taken
/// for something else.
package struct TomlDocument: Equatable, Sendable {
    package enum Kind: Equatable, Sendable { case table, array, string, integer, float, boolean, time }

    package struct Node: Equatable, Sendable {
        /// Dotted, elements in brackets: `mqtt.topic[1]`. A key that is no bare key stands in double quotes.
        package let path: String
        package let kind: Kind
        /// A string's characters, a number, `true`, a date; "" for tables and arrays.
        package let text: String
        /// Counted from 1; of the key, or of an element's value.
        package let line, column: Int
    }

    package struct SyntaxError: Error, Equatable, Sendable {
        package let line, column: Int
        /// The parser's own words. They may quote the document, so they may hold a secret.
        package let reason: String
    }

    /// In the order of the document. What stands on lines with errors is missing; after an error that cannot be passed, everything is.
    package let nodes: [Node]
    package let errors: [SyntaxError]

    /// - Parameter mostErrors: reading stops at so many.
    package init(parsing bytes: [UInt8], mostErrors: Int = 20) {
        var text = bytes
        var errors: [SyntaxError] = []
        while true {
            switch Self.parseOnce(text) {
            case .success(let nodes):
                self.nodes = nodes
                self.errors = errors
                return
            case .failure(let error):
                errors.append(error)
                let isFurther = errors.count < 2 || errors[errors.count - 2].line < error.line
                guard errors.count < mostErrors, isFurther, Self.blank(line: error.line, of: &text) else {
                    self.nodes = []
                    self.errors = errors
                    return
                }
            }
        }
    }

    /// Makes a comment of a line that is a key and its value, keeping its length. False when the line is anything else.
    private static func blank(line number: Int, of text: inout [UInt8]) -> Bool {
        var start = text.startIndex
        for _ in 1..<max(number, 1) {
            guard let newline = text[start...].firstIndex(of: UInt8(ascii: "\n")) else { return false }
            start = newline + 1
        }
        let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        let line = text[start..<end]
        guard let first = line.first(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }), first != UInt8(ascii: "["),
            line.contains(UInt8(ascii: "=")), !opensMore(line)
        else { return false }
        for index in start..<end { text[index] = UInt8(ascii: " ") }
        return true
    }

    /// Whether a value seems to go on in the next line.
    private static func opensMore(_ line: ArraySlice<UInt8>) -> Bool {
        let value = line.drop { $0 != UInt8(ascii: "=") }.dropFirst()
        let opened = value.filter { $0 == UInt8(ascii: "[") }.count
        let closed = value.filter { $0 == UInt8(ascii: "]") }.count
        let text = String(decoding: value, as: UTF8.self).drop { $0 == " " || $0 == "\t" }
        return opened > closed || text.hasPrefix("\"\"\"") || text.hasPrefix("'''")
    }
}
