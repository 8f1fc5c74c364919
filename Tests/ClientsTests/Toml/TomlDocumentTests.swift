import Testing

@testable import Clients

@Suite("A TOML document")
struct TomlDocumentTests {
    private typealias Node = TomlDocument.Node

    @Test("is a list of keys with their places, in the order of the text")
    func nodes() {
        let document = read("[mqtt]\nurl = \"x\"\nqos = 1\n\n[s3]\npath_style = true\nrate = 1.5\nday = 2026-11-22\n")
        #expect(document.errors.isEmpty)
        #expect(
            document.nodes == [
                Node(path: "mqtt", kind: .table, text: "", line: 1, column: 2),
                Node(path: "mqtt.url", kind: .string, text: "x", line: 2, column: 1),
                Node(path: "mqtt.qos", kind: .integer, text: "1", line: 3, column: 1),
                Node(path: "s3", kind: .table, text: "", line: 5, column: 2),
                Node(path: "s3.path_style", kind: .boolean, text: "true", line: 6, column: 1),
                Node(path: "s3.rate", kind: .float, text: "1.5", line: 7, column: 1),
                Node(path: "s3.day", kind: .time, text: "2026-11-22", line: 8, column: 1),
            ])
    }

    @Test("shows the keys of an inline table and the elements of an array")
    func nested() {
        let document = read("[mqtt]\ntls = { ca_file = \"a\", key_file = \"b\" }\ntopic = [\"x\",\n  \"y\"]\n")
        #expect(
            document.nodes.map { "\($0.path)@\($0.line)" } == [
                "mqtt@1", "mqtt.tls@2", "mqtt.tls.ca_file@2", "mqtt.tls.key_file@2", "mqtt.topic@3", "mqtt.topic[0]@3", "mqtt.topic[1]@4",
            ])
    }

    @Test("quotes a key that holds a dot, so that it is no other key")
    func quotedKeys() {
        #expect(read("\"mqtt.url\" = 1\n").nodes.map(\.path) == ["\"mqtt.url\""])
    }

    @Test("keeps NUL and other characters of a string")
    func characters() {
        #expect(read("a = \"x\\u0000ü\"\n").nodes.first?.text == "x\0ü")
    }

    @Test("is empty for an empty file, and for one with a byte order mark and comments alone")
    func empty() {
        #expect(read("") == TomlDocument(parsing: []))
        #expect(read("").nodes.isEmpty && read("").errors.isEmpty)
        #expect(read("\u{feff}# nothing\n").nodes.isEmpty)
    }

    @Test("tells every broken line at once, and reads the others")
    func recovery() {
        let document = read("[a]\nx = 10s\ny = 1\nz = oops\ny = 2\nw = 3\n")
        #expect(document.errors.map(\.line) == [2, 4, 5])
        #expect(document.nodes.map(\.path) == ["a", "a.y", "a.w"])
    }

    @Test("tells where a header holds what no key has, in place of ending the program", arguments: ["[$rain]", "[[ü]]", "[a.$]", "[=]"])
    func oddHeaders(header: String) {
        #expect(read("[a]\nx = 1\n\(header)\ny = 2\n").errors.map(\.line) == [3])
    }

    @Test(
        "gives up after an error that changes the meaning of what follows",
        arguments: ["[a\nx = 1\n", "[a]\n[a]\nx = 1\n", "x = [1,\ny = 2\n", "x = \"\"\"abc\n\ny = 1\n", "x = 1\njust words\n"])
    func unrecoverable(text: String) {
        let document = read(text)
        #expect(document.errors.count >= 1)
        #expect(document.nodes.isEmpty)
    }

    @Test("refuses bytes that are no UTF-8, with their line")
    func invalidUTF8() {
        let document = TomlDocument(parsing: Array("[a]\nx = \"".utf8) + [0xff, 0xfe] + Array("\"\n".utf8))
        #expect(document.errors.first?.line == 2)
        #expect(document.errors.first?.reason.contains("utf-8") == true)
    }

    @Test("stops after as many errors as it was told")
    func bounded() {
        let text = (0..<100).map { "k\($0) = oops\n" }.joined()
        #expect(TomlDocument(parsing: Array(text.utf8), mostErrors: 7).errors.count == 7)
    }

    private func read(_ text: String) -> TomlDocument { TomlDocument(parsing: Array(text.utf8)) }
}
