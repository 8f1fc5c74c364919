/// The rules for `[s3] key`: an object's name with placeholders in braces.
package enum KeyTemplateText {
    package static let placeholders = ["camera_uid", "image_id", "timestamp", "ext", "yyyy", "mm", "dd", "hh"]
    /// In bytes (S3 user guide, "Naming Amazon S3 objects").
    package static let longestKey = 1024
    /// A uid, each of its bytes percent-encoded; an image id; a year of five digits at most; `jpeg`.
    private static let longest = [
        "camera_uid": 3 * CameraUID.longest, "image_id": EnvelopeReader.longestImageID, "timestamp": 12, "yyyy": 5,
    ]
    private static let longestOther = 4
    /// What tells two pictures of one key apart: `-` and 8 hex digits.
    private static let distinction = 9

    static func check(_ template: String) throws(Complaint) -> String {
        let shown = Quoted.text(template)
        guard !template.isEmpty else { throw Complaint("must not be empty", hint: "as in \"{camera_uid}/{image_id}-{timestamp}.{ext}\"") }
        guard template.utf8.count <= 256 else { throw Complaint("must not be longer than 256 bytes") }
        var length = distinction
        guard !template.hasPrefix("/") else {
            throw Complaint("must not begin with /", found: shown, hint: "write \(Quoted.text(String(template.drop { $0 == "/" })))")
        }
        for segment in template.split(separator: "/", omittingEmptySubsequences: false) where ["", ".", ".."].contains(segment) {
            throw Complaint(
                "must not have \(segment.isEmpty ? "an empty part" : Quoted.text(String(segment))) between slashes", found: shown)
        }
        var rest = Substring(template)
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
                throw Complaint("has a brace without its partner", found: shown)
            }
            let name = String(rest[rest.index(after: brace)..<end])
            guard placeholders.contains(name) else {
                let all = placeholders.map { "{\($0)}" }.joined(separator: " ")
                let hint = NearestName.of(name, among: placeholders).map { "did you mean {\($0)}?" }
                throw Complaint("knows no placeholder {\(name)}; there are \(all)", found: shown, hint: hint)
            }
            length += rest[..<brace].utf8.count + longest[name, default: longestOther]
            rest = rest[rest.index(after: end)...]
        }
        length += rest.utf8.count
        guard length <= longestKey else {
            throw Complaint(
                "can make a key of \(length) bytes, and S3 takes \(longestKey)", found: shown,
                hint: "{camera_uid} takes up to \(3 * CameraUID.longest) bytes, {image_id} up to \(EnvelopeReader.longestImageID)")
        }
        // What is left: control characters.
        do throws(KeyTemplate.Mistake) { _ = try KeyTemplate(template) } catch { throw Complaint("\(error)") }
        return template
    }
}
