import Foundation
import TestServices
import Testing

@Suite("Two gateways beside the same cameras, of which one cannot reach Redis")
struct CoordinationCutTests {
    @Test("store each capture as one row and one object all the same")
    func oneCutOff() throws {
        let redis = try RedisServer()
        let site = try Site("[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"\ntimeout = \"200ms\"")
        let second = try site.anotherGateway("gateway-2", "[redis]\nurl = \"redis://127.0.0.1:\(try freePort())/0\"")
        try second.start()
        try second.waitUntilReady()
        try second.waitForFailure(of: "redis", saying: "CONNECT")
        try site.gateway.waitForHealth()
        let first = pictures(0..<4)
        try site.cameras().publishInterleaved(first)
        try expectOnce(first, site)

        // Now the other stands still in the middle of it: both are cut off.
        redis.freeze()
        let more = pictures(4..<7)
        try site.cameras().publishInterleaved(more)
        try expectOnce(first + more, site)
        redis.thaw()
        try site.gateway.waitForHealth()
        #expect(second.health?["redis"]?.ok == false)
    }

    private func pictures(_ numbers: Range<Int>) -> [TestPicture] {
        (0..<4).flatMap { camera in
            numbers.map { TestPicture("cam\(camera)", $0, imageID: "shot-\($0)", chunkSize: 4 << 10) }
        }
    }

    private func expectOnce(_ pictures: [TestPicture], _ site: Site) throws {
        try site.waitForRows(pictures.count)
        try eventually("one object each", within: 30) { Set(try site.objects().keys) == Set(try site.rows().map(\.object_name)) }
        try site.expectStoredOnce(pictures)
    }
}
