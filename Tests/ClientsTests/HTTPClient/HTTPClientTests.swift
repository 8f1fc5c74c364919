import Clients
import TestServices
import Testing

@Suite("The HTTP client")
struct HTTPClientTests {
    @Test("gets status and body from the project's own server, wherever that listens")
    func get() throws {
        let server = try HTTPServer(ListenAddress(host: "0.0.0.0", port: 0)) { request in
            .now(.json("{\"path\":\"\(request.path)\"}", status: request.path == "/missing" ? 404 : 200))
        }
        defer { server.stop() }
        let client = HTTPClient(server.address)
        #expect(client.address.host == "127.0.0.1")
        let answer = try client.get("/health")
        #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self) == "{\"path\":\"/health\"}")
        #expect(try client.get("/missing").status == 404)
    }

    @Test("says at once when nobody listens, and by the deadline when nobody answers")
    func silence() throws {
        let port = UInt16(try freePort())
        let address = ListenAddress(host: "127.0.0.1", port: port)
        #expect(throws: HTTPClientFailure.network(address, "Connection refused")) { try HTTPClient(address).get("/") }
        let server = try ScriptedHTTPServer { _ in .silence }
        defer { server.stop() }
        let silent = ListenAddress(host: "127.0.0.1", port: UInt16(server.port))
        let clock = ContinuousClock()
        let began = clock.now
        #expect(throws: HTTPClientFailure.timedOut(silent, .milliseconds(300))) {
            try HTTPClient(silent, timeout: .milliseconds(300)).get("/")
        }
        #expect(clock.now - began < .seconds(5))
    }

    @Test("takes nothing for an answer that is none")
    func strangers() throws {
        for greeting in ["220 mail ESMTP\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"] {
            let server = try ScriptedHTTPServer { _ in .raw(greeting) }
            defer { server.stop() }
            #expect(throws: HTTPClientFailure.self) { try HTTPClient(ListenAddress(host: "127.0.0.1", port: UInt16(server.port))).get("/") }
        }
    }
}
