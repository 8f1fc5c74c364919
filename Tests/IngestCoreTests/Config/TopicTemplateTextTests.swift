import Testing

@testable import IngestCore

@Suite("Topics to publish to, in the configuration")
struct TopicTemplateTextTests {
    @Test("are off by default, and taken with their placeholders")
    func good() throws {
        #expect(Configuration().mqtt.storedTopic.isEmpty && Configuration().mqtt.statusTopic.isEmpty)
        let mqtt = try ConfigurationFixture([
            "mqtt.stored_topic": "camera/{camera_uid}/stored", "mqtt.status_topic": "gateway/{client_id}/status",
        ]).read().configuration.mqtt
        #expect(mqtt.storedTopic == "camera/{camera_uid}/stored" && mqtt.statusTopic == "gateway/{client_id}/status")
    }

    @Test(
        "are refused with wildcards, placeholders nobody knows, and where the gateway would hear itself",
        arguments: [
            ("mqtt.stored_topic", "camera/+/stored", "without wildcards"), ("mqtt.status_topic", "gateway/#", "without wildcards"),
            ("mqtt.stored_topic", "camera/{camera}/stored", "did you mean {camera_uid}?"),
            ("mqtt.status_topic", "gateway/{camera_uid}", "knows no placeholder {camera_uid}; there is {client_id}"),
            ("mqtt.stored_topic", "camera/{camera_uid", "a brace without its partner"),
            ("mqtt.status_topic", "$SYS/gateway", "the broker's own"),
            ("mqtt.stored_topic", "camera/{camera_uid}/image_json", "its own messages for chunks"),
            ("mqtt.status_topic", "camera/{client_id}/image_json", "which camera/+/image_json matches"),
        ])
    func bad(key: String, text: String, words: String) {
        let mistakes = ConfigurationFixture([key: text]).mistakes
        #expect(mistakes.count == 1 && mistakes[0].contains("\(key): ") && mistakes[0].contains(words), "\(mistakes)")
    }
}
