import Testing

@testable import IngestCore

@Suite("A topic filter")
struct TopicFilterTextTests {
    // The examples of MQTT 5.0, sections 4.7.1.2 and 4.7.1.3, and our own.
    @Test(
        "is taken as the protocol defines it",
        arguments: [
            "camera/+/image_json", "#", "+", "sport/tennis/player1/#", "+/tennis/#", "sport/+/player1", "/finance", "/+", "+/+", "a//b",
            "$SYS/#", "wärme/+", "a b/c",
        ])
    func good(filter: String) {
        #expect(TopicFilterText.flaw(in: filter) == nil)
    }

    @Test(
        "is refused where a wildcard is out of place, empty, too long or with NUL",
        arguments: [
            "", "sport/tennis#", "sport/tennis/#/ranking", "sport+", "camera/a+/x", "##", "a/\0", String(repeating: "a", count: 65_536),
        ])
    func bad(filter: String) {
        #expect(TopicFilterText.flaw(in: filter) != nil)
    }

    @Test("does not make a shared subscription by itself")
    func shared() {
        let complaint = #expect(throws: Complaint.self) { try TopicFilterText.check("$share/thermo/camera/+/image_json") }
        #expect(complaint?.hint?.contains("shared_group") == true)
    }
}
