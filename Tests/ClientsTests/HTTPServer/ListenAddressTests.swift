import Testing

@testable import Clients

@Suite("A listen address")
struct ListenAddressTests {
    @Test("is host and port, IPv6 in brackets")
    func forms() {
        #expect(ListenAddress("127.0.0.1:5101") == ListenAddress(host: "127.0.0.1", port: 5101))
        #expect(ListenAddress("[::1]:80") == ListenAddress(host: "::1", port: 80))
        #expect(ListenAddress("localhost:0") == ListenAddress(host: "localhost", port: 0))
        #expect(ListenAddress(":5101") == ListenAddress(host: "", port: 5101))
        #expect(ListenAddress("[::1]:80")?.description == "[::1]:80")
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "5101", "host", "host:", "host:x", "host:65536", "host:-1", "h:+1", "::1:80", "[::1]", "[::1:80", "[host]:1", "a b:1",
            "http://a:1",
        ]
    )
    func others(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
