import IngestCore
import Testing

@Suite("The doctor's probe")
struct DoctorProbeTests {
    @Test("is known by its bytes, and is no chunk")
    func bytes() {
        for number in [0, 1, UInt64.max] {
            let payload = DoctorProbe.payload(number)
            #expect(matches(payload))
            #expect(throws: Refusal.fieldMissing) { try read(payload) }
        }
        var other = DoctorProbe.payload(1)
        other[3] ^= 1
        #expect(!matches(other) && !matches([]))
    }

    private func matches(_ payload: [UInt8]) -> Bool { DoctorProbe.matches(payload.span) }

    private func read(_ payload: [UInt8]) throws { _ = try EnvelopeReader.read(payload.span, needsID: false, maxChunks: 10) }

    @Test("goes under each filter to a topic that the filter matches")
    func topics() throws {
        for filter in ["camera/+/image_json", "site/+/camera/+/x", "camera/#", "#", "+", "camera/one/image_json", "+/+/#", "/+"] {
            let topic = try #require(DoctorProbe.topic(under: filter, name: "doctor-1"))
            let bytes = Array(topic.utf8)
            let match = try TopicFilter(filter).match(bytes.span)
            #expect(match != nil, "\(filter): \(topic)")
            #expect(!topic.contains("+") && !topic.contains("#"))
        }
        #expect(DoctorProbe.topic(under: "$SYS/#", name: "x") == nil)
    }
}
