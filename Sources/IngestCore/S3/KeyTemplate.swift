/// How object keys are made: text with `{camera_uid} {image_id} {timestamp} {ext} {yyyy} {mm} {dd} {hh}` in it.
///
/// `timestamp` is in Unix seconds; it and the date's parts are UTC and of `recorded_at`; the uid is percent-encoded.
package struct KeyTemplate: Equatable, Sendable {
    package enum Mistake: Error, Equatable, CustomStringConvertible {
        case empty
        case unknown(String)
        case unbalanced
        /// Part of a path that means something else to a file system or a proxy, or text that no header may carry.
        case path

        package var description: String {
            switch self {
            case .empty: "is empty"
            case .unknown(let name):
                "has no value for {\(name)}; known are \(Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: " "))"
            case .unbalanced: "has a { or } without its other half"
            case .path: "must not begin or end with /, nor have empty, . or .. parts between two /, nor control characters"
            }
        }
    }

    private enum Field: String, CaseIterable, Sendable {
        case cameraUID = "camera_uid"
        case imageID = "image_id"
        case timestamp, ext, yyyy, mm, dd, hh
    }

    private enum Piece: Equatable, Sendable {
        case text(String)
        case field(Field)
    }

    /// Before and after the place where the checksum goes if two pictures would share a key.
    private let stem, tail: [Piece]

    package init(_ template: String) throws(Mistake) {
        let pieces = try Self.pieces(of: template)
        let folders = template.split(separator: "/", omittingEmptySubsequences: false)
        guard !folders.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
            !template.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
        else { throw .path }
        (stem, tail) = Self.split(pieces)
    }

    /// What all keys of a camera begin with under `template`; "" where they need not have anything in common.
    package static func prefix(of template: String, for camera: CameraUID?) -> String {
        let field = "{\(Field.cameraUID.rawValue)}/"
        guard let camera, let place = template.firstRange(of: field), !template[..<place.lowerBound].contains("{") else { return "" }
        return template[..<place.lowerBound] + camera.encoded + "/"
    }

    /// The picture's key.
    package func key(for picture: Picture) -> String { render(stem, picture) + render(tail, picture) }

    /// Its key when another picture has that one already: `-` and the first 8 hex digits of the checksum before the extension.
    package func distinctKey(for picture: Picture) -> String {
        render(stem, picture) + "-" + picture.sha256.prefix(8) + render(tail, picture)
    }

    private func render(_ pieces: [Piece], _ picture: Picture) -> String {
        let time = picture.recordedAt.compact  // 20261122T083105.123Z
        return pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .field(.cameraUID): picture.camera.encoded
            case .field(.imageID): picture.imageID
            case .field(.timestamp): String(picture.recordedAt.unixSeconds)
            case .field(.ext): picture.contentType.fileExtension
            case .field(.yyyy): String(time.prefix(4))
            case .field(.mm): String(time.dropFirst(4).prefix(2))
            case .field(.dd): String(time.dropFirst(6).prefix(2))
            case .field(.hh): String(time.dropFirst(9).prefix(2))
            }
        }.joined()
    }

    private static func pieces(of template: String) throws(Mistake) -> [Piece] {
        guard !template.isEmpty else { throw .empty }
        var pieces: [Piece] = []
        var rest = template[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else { throw .unbalanced }
            if brace > rest.startIndex { pieces.append(.text(String(rest[..<brace]))) }
            let name = String(rest[rest.index(after: brace)..<end])
            guard !name.contains("{") else { throw .unbalanced }
            guard let field = Field(rawValue: name) else { throw .unknown(name) }
            pieces.append(.field(field))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// The extension begins at the last `.` of the template's own text in the last folder; failing that at `{ext}`; failing that there is
    /// none, and the place is the end. A `.` inside a value (an image id may have some) begins none.
    private static func split(_ pieces: [Piece]) -> (stem: [Piece], tail: [Piece]) {
        var ext: Int?
        for index in pieces.indices.reversed() {
            switch pieces[index] {
            case .field(.ext):
                ext = ext ?? index
            case .field:
                continue
            case .text(let text):
                let mark = text.lastIndex(where: { $0 == "." || $0 == "/" })
                guard let mark else { continue }
                guard text[mark] == "." else { return at(ext ?? pieces.count) }
                return (pieces[..<index] + [.text(String(text[..<mark]))], [.text(String(text[mark...]))] + pieces[(index + 1)...])
            }
        }
        return at(ext ?? pieces.count)

        func at(_ index: Int) -> ([Piece], [Piece]) { (Array(pieces[..<index]), Array(pieces[index...])) }
    }
}

extension KeyTemplate {
    /// Whether keys of different captures can only be equal when their image id and their second are.
    package static func tellsCapturesApart(_ template: String) -> Bool {
        template.contains("{image_id}") && template.contains("{timestamp}")
    }
}
