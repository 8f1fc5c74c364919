import CToml

extension TomlDocument {
    /// The corresponding C functions are `ctoml_parse`, `ctoml_error` and `ctoml_node`, which stand for `toml::parse`.
    static func parseOnce(_ text: [UInt8]) -> Result<[Node], SyntaxError> {
        guard let parsed = ParsedToml(text) else { return .failure(SyntaxError(line: 1, column: 1, reason: "out of memory")) }
        if let error = parsed.error { return .failure(error) }
        return .success(parsed.nodes)
    }
}

/// Owns one parsed document.
@safe private struct ParsedToml: ~Copyable {
    private let document: OpaquePointer

    init?(_ text: [UInt8]) {
        let parsed = unsafe text.withUnsafeBytes { bytes in
            unsafe ctoml_parse(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard let parsed = unsafe parsed else { return nil }
        unsafe document = parsed
    }

    deinit { unsafe ctoml_free(document) }

    var error: TomlDocument.SyntaxError? {
        var line: UInt32 = 0
        var column: UInt32 = 0
        guard let reason = unsafe ctoml_error(document, &line, &column) else { return nil }
        return TomlDocument.SyntaxError(line: Int(line), column: Int(column), reason: unsafe String(cString: reason))
    }

    var nodes: [TomlDocument.Node] {
        (unsafe 0..<ctoml_count(document)).map { index in
            let node = unsafe ctoml_node(document, index)
            return TomlDocument.Node(
                path: unsafe Self.text(node.path, node.path_length), kind: unsafe Self.kind(node.kind),
                text: unsafe Self.text(node.text, node.text_length), line: unsafe Int(node.line), column: unsafe Int(node.column))
        }
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    private static func kind(_ kind: CTomlKind) -> TomlDocument.Kind {
        switch kind {
        case CTOML_TABLE: .table
        case CTOML_ARRAY: .array
        case CTOML_STRING: .string
        case CTOML_INTEGER: .integer
        case CTOML_FLOAT: .float
        case CTOML_BOOLEAN: .boolean
        default: .time
        }
    }
}
