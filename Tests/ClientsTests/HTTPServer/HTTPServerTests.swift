import Foundation
import Platform
import TestServices
import Testing

@testable import Clients

@Suite("The HTTP server")
struct HTTPServerTests {
    private let loopback = ListenAddress(host: "127.0.0.1", port: 0)

    private func served(by handler: @escaping HTTPServer.Handler, _ body: (HTTPServer) throws -> Void) throws {
        let server = try HTTPServer(loopback, handler: handler)
        defer { server.stop() }
        try body(server)
    }

    @Test("answers GET with what the handler gives, on a connection that stays open")
    func keepAlive() throws {
        let handler: HTTPServer.Handler = { request in .now(.text("path \(request.segments) \(request.parameter("camera") ?? "-")")) }
        try served(by: handler) { server in
            let connection = try TestConnection(server.address.port)
            for _ in 1...3 {
                let reply = try connection.request("GET /images/a%2Fb/%C3%BC?camera=cam+7&x HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(reply.status == 200)
                #expect(reply.text == "path [\"images\", \"a/b\", \"ü\"] cam 7")
                #expect(reply.headers["content-type"] == "text/plain; charset=utf-8")
                #expect(reply.headers["server"] == nil)
            }
        }
    }

    @Test("tells the handler which languages the asker reads")
    func languages() throws {
        try served(by: { .now(.text($0.acceptLanguage ?? "none")) }) { server in
            let connection = try TestConnection(server.address.port)
            #expect(try connection.request("GET / HTTP/1.1\r\nHost: x\r\naccept-language: th, en;q=0.5\r\n\r\n").text == "th, en;q=0.5")
            #expect(try connection.request("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "none")
            let lines = "Accept-Language: fr\r\nX-Other: 1\r\nACCEPT-LANGUAGE: th;q=0.9, en\r\n"
            #expect(try connection.request("GET / HTTP/1.1\r\nHost: x\r\n\(lines)\r\n").text == "fr, th;q=0.9, en")
        }
    }

    @Test("answers HEAD with headers alone")
    func head() throws {
        let handler: HTTPServer.Handler = { request in .now(.text(request.isHead ? "head" : "body")) }
        try served(by: handler) { server in
            let connection = try TestConnection(server.address.port)
            let reply = try connection.request("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", isHead: true)
            #expect(reply.status == 200 && reply.headers["content-length"] == "4" && reply.body.isEmpty)
            #expect(try connection.request("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "body")
        }
    }

    @Test("refuses every other method, in JSON", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
    func otherMethods(method: String) throws {
        let handler: HTTPServer.Handler = { _ in .now(.text("no")) }
        try served(by: handler) { server in
            let reply = try TestConnection(server.address.port)
                .request("\(method) / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            #expect(reply.status == 405 && reply.text == "{\"error\":\"only GET and HEAD are answered here\"}\n")
            #expect(reply.headers["allow"] == "GET, HEAD" && reply.headers["content-type"] == "application/json")
        }
    }

    @Test("takes a GET's body off the connection and does not read it as a request")
    func bodyOfGet() throws {
        let handler: HTTPServer.Handler = { request in .now(.text(request.path)) }
        try served(by: handler) { server in
            let connection = try TestConnection(server.address.port)
            let inner = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            let outer = "GET /outer HTTP/1.1\r\nHost: x\r\nContent-Length: \(inner.utf8.count)\r\n\r\n\(inner)"
            #expect(try connection.request(outer).text == "/outer")
            #expect(try connection.request("GET /next HTTP/1.1\r\nHost: x\r\n\r\n").text == "/next")
        }
    }

    @Test("answers a malformed target with 400, and what the handler does not know with its 404")
    func malformed() throws {
        let handler: HTTPServer.Handler = { _ in .now(.notFound) }
        try served(by: handler) { server in
            for target in ["/%", "/%zz", "/a?b=%f", "/%ff%fe"] {
                let reply = try TestConnection(server.address.port).request("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(reply.status == 400 && reply.text.hasPrefix("{\"error\":"), "\(target)")
            }
            let reply = try TestConnection(server.address.port).request("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(reply.status == 404 && reply.text == "{\"error\":\"not found\"}\n")
        }
    }

    @Test("goes on with others while an answer is deferred, and sends it when it is given")
    func deferred() throws {
        let answer = DeferredAnswer(within: .seconds(30), late: .error(503, "late"))
        let handler: HTTPServer.Handler = { $0.path == "/slow" ? .later(answer) : .now(.text("quick")) }
        try served(by: handler) { server in
            let slow = try TestConnection(server.address.port)
            try slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try TestConnection(server.address.port).request("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "quick")
            answer.give(.text("at last"))
            answer.give(.text("too much"))
            #expect(try slow.reply().text == "at last")
            #expect(try slow.request("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "quick")
        }
    }

    @Test("answers for a handler that is late, and for one that was quicker than the server")
    func lateAndEarly() throws {
        let handler: HTTPServer.Handler = { request in
            let answer = DeferredAnswer(within: .milliseconds(50), late: .error(503, "late"))
            if request.path == "/early" { answer.give(.text("early")) }
            return .later(answer)
        }
        try served(by: handler) { server in
            let connection = try TestConnection(server.address.port)
            let begun = MonotonicClock.now()
            #expect(try connection.request("GET /late HTTP/1.1\r\nHost: x\r\n\r\n").status == 503)
            #expect((Duration.milliseconds(50)..<Duration.seconds(5)).contains(MonotonicClock.now() - begun))
            #expect(try connection.request("GET /early HTTP/1.1\r\nHost: x\r\n\r\n").text == "early")
        }
    }

    @Test("stops while answers are deferred, telling their clients")
    func stopping() throws {
        let asked = Monitor(false)
        let server = try HTTPServer(loopback) { _ in
            asked.update { $0 = true }
            return .later(DeferredAnswer(within: .seconds(600), late: .notFound))
        }
        let connection = try TestConnection(server.address.port)
        try connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(asked.wait(atMost: .seconds(10)) { $0 ? true : nil } == true)
        server.stop()
        #expect(try connection.reply().status == 503)
        #expect(throws: (any Error).self) { try TestConnection(server.address.port) }
    }

    @Test("sends a file, with its headers, as often as it is asked for")
    func file() throws {
        let folder = try TemporaryFolder()
        let bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try bytes.write(to: folder.file("picture"))
        let path = folder.file("picture").path
        let handler: HTTPServer.Handler = { _ in
            let file = ResponseFile(adopting: open(path, O_RDONLY))
            let headers = [("X-Image-Id", "i-1"), ("Cache-Control", "max-age=5")]
            return .now(HTTPResponse(contentType: "image/jpeg", headers: headers, body: .file(file, size: bytes.count)))
        }
        try served(by: handler) { server in
            let connection = try TestConnection(server.address.port)
            for _ in 1...2 {
                let reply = try connection.request("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(reply.body == bytes && reply.headers["x-image-id"] == "i-1" && reply.headers["cache-control"] == "max-age=5")
            }
        }
    }

    @Test("serves many connections at once, and those beyond its limit in their turn")
    func crowd() throws {
        let handler: HTTPServer.Handler = { _ in .now(.text("here")) }
        try served(by: handler) { server in
            let crowd = try (0..<60).map { _ in try TestConnection(server.address.port) }
            for connection in crowd { try connection.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") }
            for connection in crowd { #expect(try connection.reply().text == "here") }
        }
    }

    @Test("answers a new client within a second, whatever two hundred others hold", arguments: Holding.allCases)
    func holders(holding: Holding) throws {
        let long = [UInt8](repeating: 120, count: 1 << 20)
        let handler: HTTPServer.Handler = { request in
            switch request.path {
            case "/long": .now(HTTPResponse(contentType: "text/plain", body: .bytes(long)))
            case "/late": .later(DeferredAnswer(within: .seconds(2), late: .error(503, "late")))
            default: .now(.text("here"))
            }
        }
        try served(by: handler) { server in
            var others: [TestConnection] = []
            for number in 0..<200 {
                let other = try TestConnection(server.address.port)
                try holding.hold(other, number)
                others.append(other)
                guard number % 20 == 19 else { continue }
                let begun = MonotonicClock.now()
                let reply = try TestConnection(server.address.port).request("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(reply.text == "here" && MonotonicClock.now() - begun < .seconds(1))
            }
            // Memory is bounded: no more are open than there is room for.
            try eventually("the others to be cut off") { others.count { !$0.isClosed } <= HTTPServer.connectionLimit }
        }
    }

    /// What clients do that keep a connection.
    enum Holding: CaseIterable {
        case idle, kept, slowToAsk, slowToRead, waiting, mixed

        func hold(_ connection: TestConnection, _ number: Int) throws {
            switch self {
            case .idle: break
            case .kept: try #expect(connection.request("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "here")
            case .slowToAsk: try connection.send("GET / HTTP/1.1\r\nHost:")
            case .slowToRead:
                connection.readSlowly()
                try connection.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            case .waiting: try connection.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
            case .mixed: try [Self.idle, .kept, .slowToAsk, .slowToRead, .waiting][number % 5].hold(connection, number)
            }
        }
    }

    @Test("says clearly that a port is taken, or that a host is none")
    func refusals() throws {
        let handler: HTTPServer.Handler = { _ in .now(.notFound) }
        try served(by: handler) { server in
            let failure = #expect(throws: HTTPServerFailure.self) { try HTTPServer(server.address) { _ in .now(.notFound) } }
            #expect(failure == .addressInUse(server.address))
            #expect(failure?.description == "cannot listen on \(server.address): the port is in use by another program")
        }
        let elsewhere = ListenAddress(host: "192.0.2.1", port: 1)
        let failure = #expect(throws: HTTPServerFailure.self) { try HTTPServer(elsewhere) { _ in .now(.notFound) } }
        #expect(failure?.description.hasPrefix("cannot listen on 192.0.2.1:1: ") == true)
    }
}
