/// The rules for topics to publish to: `[mqtt] stored_topic` and `status_topic`.
enum TopicTemplateText {
    /// "" is off.
    static func check(_ text: String, known: [TopicTemplate.Placeholder]) throws(Complaint) -> String {
        guard !text.isEmpty else { return text }
        do throws(TopicTemplate.Mistake) {
            _ = try TopicTemplate(text, known: known)
            return text
        } catch {
            throw complaint(error, text, known.map(\.rawValue))
        }
    }

    private static func complaint(_ mistake: TopicTemplate.Mistake, _ text: String, _ known: [String]) -> Complaint {
        let shown = text.utf8.count <= 200 ? Quoted.text(text) : nil
        let all = known.map { "{\($0)}" }.joined(separator: " ")
        switch mistake {
        case .empty: return Complaint("must not be empty")
        case .tooLong: return Complaint("must not be longer than a topic may be")
        case .wildcard:
            return Complaint("must be one topic, without wildcards", found: shown, hint: "write \(all) where + stood")
        case .reserved: return Complaint("must not begin with $: such topics are the broker's own", found: shown)
        case .brace: return Complaint("has a brace without its partner", found: shown)
        case .unknown(let name):
            let hint = NearestName.of(name, among: known).map { "did you mean {\($0)}?" }
            return Complaint("knows no placeholder {\(name)}; there is \(all)", found: shown, hint: hint)
        }
    }
}
