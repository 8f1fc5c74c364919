/// The rules for topic filters (MQTT 5.0, sections 4.7.1 and 4.7.3) and for share names (4.8.2).
enum TopicFilterText {
    /// Why `filter` is none, or nil when it is one.
    static func flaw(in filter: String) -> String? {
        if filter.isEmpty { return "a topic filter has at least one character" }
        if filter.utf8.count > 65_535 { return "a topic filter has at most 65535 bytes" }
        if filter.utf8.contains(0) { return "a topic filter holds no NUL" }
        let levels = filter.split(separator: "/", omittingEmptySubsequences: false)
        for (index, level) in levels.enumerated() {
            if level.contains("#") {
                if level != "#" { return "# stands for whole levels, so it stands alone between slashes" }
                if index != levels.count - 1 { return "# stands for all further levels, so it is the last one" }
            }
            if level.contains("+"), level != "+" { return "+ stands for one whole level, so it stands alone between slashes" }
        }
        return nil
    }

    static func check(_ filter: String) throws(Complaint) -> String {
        if filter.hasPrefix("$share/") {
            throw Complaint(
                "must be the filter alone; a shared subscription is made with shared_group", found: Quoted.text(filter),
                hint: "write shared_group = \"...\" and the filter without $share/.../")
        }
        if let flaw = flaw(in: filter) { throw Complaint(flaw, found: Quoted.text(filter), hint: "as in \"camera/+/image_json\"") }
        return filter
    }

    static func checkShareName(_ name: String) throws(Complaint) -> String {
        guard !name.contains(where: { $0 == "/" || $0 == "+" || $0 == "#" }) else {
            throw Complaint("must not hold / + or #", found: Quoted.text(name))
        }
        return name
    }
}
