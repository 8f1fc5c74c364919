import Testing

@testable import IngestCore

@Suite("A server's URL")
struct ServerURLTests {
    private func parse(_ text: String) throws(Complaint) -> ServerURL { try ServerURL.parse(text, schemes: ["mqtt", "mqtts"]) }

    @Test("gives its parts")
    func parts() throws {
        #expect(try parse("mqtt://broker") == ServerURL(scheme: "mqtt", host: "broker", path: ""))
        #expect(try parse("MQTTS://broker:1/x") == ServerURL(scheme: "mqtts", host: "broker", port: 1, path: "/x"))
        #expect(
            try parse("mqtt://u:p@a_b.c-d:65535")
                == ServerURL(scheme: "mqtt", user: "u", password: Secret("p"), host: "a_b.c-d", port: 65_535, path: ""))
        #expect(try parse("mqtt://[::1]:1883").host == "::1")
        #expect(try parse("mqtt://[fe80::1%25eth0]").port == nil)
    }

    @Test("decodes percent codes in user and password, and takes an @ in the password")
    func secrets() throws {
        let url = try parse("mqtt://a%40b:p%3A%2F@q:r@host:1")
        #expect(url.user == "a@b" && url.password?.revealed == "p:/@q:r" && url.host == "host")
        #expect(try parse("mqtt://:only@host").user == "")
    }

    @Test(
        "is refused without showing more than its scheme",
        arguments: [
            "", "broker", "broker:1883", "tcp://u:MARKER@h", "mqtt:/u:MARKER@h", "mqtt://", "mqtt://u:MARKER@", "mqtt://u:MARKER@h:0",
            "mqtt://u:MARKER@h:65536", "mqtt://u:MARKER@h:+1", "mqtt://u:MARKER@h:1x", "mqtt://u:MAR/KER@h", "mqtt://u:MARKER#@h",
            "mqtt://u:MARKER%zz@h", "mqtt://u:MARKER%00@h", "mqtt://u:MARKER%ff@h", "mqtt://u:MARKER@h ost", "mqtt://u:MARKER@[::1",
            "mqtt://u:MARKER@[x]",
            "mqtt://u:MARKER@[::1]1883", "mqtt://h?MARKER", "mqtt://u:MARKER@-h!", "MARKER u@h://x",
        ])
    func bad(text: String) {
        let complaint = #expect(throws: Complaint.self) { try parse(text) }
        let words = [complaint?.problem, complaint?.found, complaint?.hint].compactMap { $0 }.joined(separator: " ")
        #expect(!words.contains("MARKER") && !words.contains("MAR") && !words.isEmpty)
    }

    @Test("of another scheme is told, with the nearest one")
    func scheme() {
        let complaint = #expect(throws: Complaint.self) { try parse("mqqt://h") }
        #expect(complaint?.found == "mqqt://" && complaint?.hint == "did you mean mqtt://?")
    }
}
