import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A publisher")
struct MosquittoPublisherTests {
    @Test("has every message confirmed, and knows when nobody listens")
    func confirmed() throws {
        let broker = try Broker()
        defer { broker.kill() }
        var publisher = try MosquittoPublisher(broker.settings("publisher"), window: 10)
        try publisher.connect()
        for number in 0..<100 {
            try publisher.publish(topic: "camera/cam7/image_json", payload: [UInt8](repeating: 1, count: 2000).span)
            #expect(publisher.unconfirmed <= 10, "after \(number)")
        }
        try publisher.finish()
        #expect(publisher.confirmed == 100 && publisher.unheard == 100 && publisher.unconfirmed == 0)
        try publisher.publish(topic: "camera/cam7/image_json", payload: [UInt8](repeating: 1, count: 2000).span, qos: 0)
        try publisher.finish()
        #expect(publisher.confirmed == 100)
    }

    @Test("gives up on a broker that hangs, within its patience")
    func frozen() throws {
        let broker = try Broker()
        defer { broker.kill() }
        var publisher = try MosquittoPublisher(broker.settings("publisher"), window: 2)
        try publisher.connect()
        broker.freeze()
        defer { broker.thaw() }
        var refused: MosquittoError?
        do throws(MosquittoError) {
            for _ in 0..<3 {
                try publisher.publish(topic: "a", payload: [1, 2, 3].span, patience: .milliseconds(300))
            }
        } catch {
            refused = error
        }
        #expect(refused?.cause == .timedOut(.milliseconds(300)))
        #expect(publisher.unconfirmed == 2)
    }

    @Test("is told when the broker ends, and what was not confirmed")
    func lost() throws {
        let broker = try Broker()
        defer { broker.kill() }
        var publisher = try MosquittoPublisher(broker.settings("publisher"))
        try publisher.connect()
        broker.kill()
        var refused: MosquittoError?
        do throws(MosquittoError) {
            try publisher.publish(topic: "a", payload: [1, 2, 3].span)
            try publisher.finish()
        } catch {
            refused = error
        }
        #expect(refused != nil && refused?.needsOperator == false)
        try broker.start()
        try publisher.connect()
        try publisher.publish(topic: "a", payload: [1, 2, 3].span)
        try publisher.finish()
        #expect(publisher.confirmed == 1)
    }

    @Test("is told when the broker refuses a message, on MQTT 5")
    func refused() throws {
        var options = Broker.Options()
        options.accessRules = ["topic write camera/#"]
        let broker = try Broker(options)
        defer { broker.kill() }
        var publisher = try MosquittoPublisher(broker.settings("publisher"))
        try publisher.connect()
        try publisher.publish(topic: "camera/cam7/image_json", payload: [1].span)
        try publisher.finish()
        var refused: MosquittoError?
        do throws(MosquittoError) {
            try publisher.publish(topic: "elsewhere", payload: [1].span)
            try publisher.finish()
        } catch {
            refused = error
        }
        #expect(refused?.cause == .refused(.notAuthorised, filter: nil), "\(broker.log)")
    }
}
