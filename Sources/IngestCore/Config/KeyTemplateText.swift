/// The rules for `[s3] key`: an object's name with placeholders in braces.
package enum KeyTemplateText {
    package static let placeholders = ["camera_uid", "image_id", "timestamp", "ext", "yyyy", "mm", "dd", "hh"]

    static func check(_ template: String) throws(Complaint) -> String {
        let shown = Quoted.text(template)
        guard !template.isEmpty else { throw Complaint("must not be empty", hint: "as in \"{camera_uid}/{image_id}-{timestamp}.{ext}\"") }
        // An object's key has at most 1024 bytes (S3 user guide, "Naming Amazon S3 objects"); a uid and an image id take up to 512 of them.
        guard template.utf8.count <= 256 else { throw Complaint("must not be longer than 256 bytes") }
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
            rest = rest[rest.index(after: end)...]
        }
        return template
    }
}
