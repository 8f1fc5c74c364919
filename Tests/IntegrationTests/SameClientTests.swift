import Foundation
import TestServices
import Testing

@Suite("Two gateways with one client id")
struct SameClientTests {
    @Test("throw each other out; each says so once, and what to do, and waits longer each time")
    func flapping() throws {
        let site = try Site("[mqtt]\nclient_id = \"box\"")
        let other = try site.anotherGateway("other", "[mqtt]\nclient_id = \"box\"")
        try other.start()
        func takeovers() -> Int { site.broker.log.components(separatedBy: "already connected, closing old connection").count - 1 }
        try eventually("eight takeovers", within: 50) { takeovers() >= 8 }
        for gateway in [site.gateway, other] {
            let told = gateway.logLines("The broker is away")
            #expect(told.count == 1 && told[0].contains("client_id"), "\(told)")
            #expect(gateway.logLines("Subscribed to").count <= 2)
            // A line for each takeover would be as many again.
            #expect(gateway.logLines.filter { $0.contains("onnected to") }.count <= 2, "\(gateway.tail)")
        }
        let since = try eventually("a failed check") { site.gateway.health?["mqtt"]?.since }
        let before = takeovers()
        try eventually("two more takeovers", within: 50) { takeovers() >= before + 2 }
        #expect(try eventually("a failed check", within: 40) { site.gateway.health?["mqtt"]?.since } == since)
        other.kill()
        let picture = TestPicture("cam1", 1)
        try site.newCameras().publish(picture)
        try site.expectStoredOnce([picture])
        try site.gateway.waitForHealth(within: 40)
    }
}
