import Testing

@testable import IngestCore

@Suite("A topic filter")
struct TopicFilterTests {
    @Test(
        "matches as MQTT 5.0 section 4.7 says",
        arguments: [
            ("camera/+/image_json", "camera/cam7/image_json", true), ("camera/+/image_json", "camera/cam7/other", false),
            ("camera/+/image_json", "camera/a/b/image_json", false), ("camera/+/image_json", "camera//image_json", true),
            ("camera/+/image_json", "camera/cam7/image_json/", false), ("camera/+/image_json", "camera/cam7", false),
            ("sport/tennis/player1/#", "sport/tennis/player1", true), ("sport/tennis/player1/#", "sport/tennis/player1/ranking", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
            ("sport/tennis/player1/#", "sport/tennis/player10", false),
            ("sport/#", "sport", true), ("#", "a", true), ("#", "a/b", true), ("#", "/", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false), ("sport/+", "sport", false), ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true), ("+", "/finance", false), ("+", "finance", true), ("#", "$SYS/x", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/", true), ("$SYS/monitor/+", "$SYS/monitor/Clients", true), ("+/#", "a", true), ("+/#", "a/b", true),
            ("a/+/#", "a", false),
            ("a/+/#", "a/b", true), ("ACCOUNTS", "Accounts", false), ("a/b", "a/b", true), ("a/b", "a/bc", false), ("a/bc", "a/b", false),
            ("a", "a/", false),
            ("$share/thermo/camera/+/x", "camera/1/x", true), ("$share/thermo/#", "a", true), ("$share/thermo/+/b", "$a/b", false),
            ("$shared/x", "$shared/x", true),
        ])
    func matches(_ filter: String, _ topic: String, _ does: Bool) throws {
        #expect((try TopicFilter(filter).match(Array(topic.utf8).span) != nil) == does)
    }

    @Test(
        "finds the camera in the level that the first + matched",
        arguments: [
            ("camera/+/image_json", "camera/cam7/image_json", "cam7"), ("+/+/x", "a/b/x", "a"), ("a/+/#", "a/b/c/d", "b"),
            ("a/+/#", "a/b", "b"),
            ("$share/g/a/+/b", "a/käm 1/b", "käm 1"), ("camera/+/image_json", "camera//image_json", ""), ("+/#", "x/y", "x"),
            ("a/+", "a/", ""),
        ])
    func cameras(_ filter: String, _ topic: String, _ camera: String) throws {
        let bytes = Array(topic.utf8)
        let match = try TopicFilter(filter).match(bytes.span)
        guard case .camera(let range) = match else {
            Issue.record("\(String(describing: match))")
            return
        }
        #expect(String(decoding: bytes[range], as: UTF8.self) == camera)
    }

    @Test("leaves the camera to the payload where it has no +")
    func noCamera() throws {
        #expect(try TopicFilter("camera/#").match(Array("camera/a/b".utf8).span) == .cameraInPayload)
        #expect(try TopicFilter("images").match(Array("images".utf8).span) == .cameraInPayload)
        #expect(try !TopicFilter("camera/#").namesCamera)
        #expect(try TopicFilter("camera/+/#").namesCamera)
    }

    @Test("of several, one that names the camera wins")
    func several() throws {
        let filters = try [TopicFilter("camera/#"), TopicFilter("x/+"), TopicFilter("camera/+/image_json")]
        #expect(filters.match(Array("camera/7/image_json".utf8).span) == .camera(7..<8))
        #expect(filters.match(Array("camera/7/other".utf8).span) == .cameraInPayload)
        #expect(filters.match(Array("nowhere".utf8).span) == nil)
    }

    @Test(
        "is refused with what is wrong",
        arguments: [
            ("", TopicFilter.Fault.empty), ("a\0b", .nul), ("camera+/x", .plusBesideOthers), ("camera/++/x", .plusBesideOthers),
            ("a/+b", .plusBesideOthers),
            ("a/#/b", .hashNotLast), ("a#", .hashNotLast), ("##", .hashNotLast), ("#/", .hashNotLast), ("$share", .badGroup),
            ("$share/g", .badGroup), ("$share//a", .badGroup),
            ("$share/g/", .badGroup), ("$share/g+/a", .badGroup), ("$share/#/a", .badGroup), ("$share/g/a#", .hashNotLast),
            (String(repeating: "x", count: 65_536), .tooLong),
        ])
    func faults(_ text: String, _ fault: TopicFilter.Fault) {
        #expect(throws: fault) { try TopicFilter(text) }
        #expect(!fault.description.isEmpty)
    }

    @Test("agrees with a plain reading of the section", arguments: 0..<10 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var random = WireRandom(seed: seed)
        for round in 0..<500 {
            let text = (0...random.below(4)).map { _ in ["a", "b", "+", "+", "#", "", "$c"].randomElement(using: &random)! }.joined(
                separator: "/")
            guard let filter = try? TopicFilter(text) else { continue }
            let topic = (0...random.below(4)).map { _ in ["a", "b", "", "$c"].randomElement(using: &random)! }.joined(separator: "/")
            #expect(
                (filter.match(Array(topic.utf8).span) != nil) == plainlyMatches(text, topic),
                "seed \(seed), round \(round): \(text) and \(topic)")
        }
    }

    private func plainlyMatches(_ filter: String, _ topic: String) -> Bool {
        if topic.first == "$", filter.first != "$" { return false }
        return levelsMatch(
            filter.split(separator: "/", omittingEmptySubsequences: false)[...],
            topic.split(separator: "/", omittingEmptySubsequences: false)[...])
    }

    private func levelsMatch(_ filter: ArraySlice<Substring>, _ topic: ArraySlice<Substring>) -> Bool {
        if filter.first == "#" { return true }
        guard let level = filter.first, let name = topic.first else { return filter.isEmpty && topic.isEmpty }
        return (level == "+" || level == name) && levelsMatch(filter.dropFirst(), topic.dropFirst())
    }
}
