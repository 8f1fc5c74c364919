import Foundation
import TestServices

@testable import Clients

/// A client with the poll loop around it, and a record of what it was given.
final class Desk {
    let client: MosquittoClient
    var events: [MosquittoEvent] = []
    var payloads: [[UInt8]] = []
    var topics: [String] = []
    /// Whether `turn` opens the gate.
    var acknowledges = true
    /// The broker, which must outlive the test's last look at it.
    private let broker: AnyObject?

    init(_ settings: MosquittoSettings, broker: AnyObject? = nil) throws {
        client = try MosquittoClient(settings)
        self.broker = broker
    }

    convenience init(_ broker: Broker, id: String = "desk", _ change: (inout MosquittoSettings) -> Void = { _ in }) throws {
        var settings = broker.settings(id)
        settings.filters = ["camera/+/image_json"]
        change(&settings)
        try self.init(settings, broker: broker)
    }

    /// One turn of the poll loop.
    func turn() {
        let events = Int16(POLLIN) | (acknowledges || !client.isConnected ? (client.wantsWrite ? Int16(POLLOUT) : 0) : 0)
        var entry = pollfd(fd: client.socket, events: events, revents: 0)
        poll(&entry, 1, 20)
        client.read { topic, payload, _ in
            self.topics.append(String(decoding: copy(topic), as: UTF8.self))
            self.payloads.append(copy(payload))
            return .next
        }
        if acknowledges || !client.isConnected { client.flush() }
        client.housekeeping()
        while let event = client.nextEvent() { self.events.append(event) }
    }

    func turn(until what: String, within seconds: TimeInterval = 20, _ condition: () -> Bool) throws {
        do {
            try eventually(what, within: seconds) {
                turn()
                return condition()
            }
        } catch {
            throw ServiceError("\(error); \(payloads.count) messages, events: \(events)")
        }
    }

    /// Turns for a while, to see that nothing more comes.
    func turn(for seconds: TimeInterval) {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end { turn() }
    }

    func subscribe() throws {
        try client.connect()
        try turn(until: "subscribed") { events.contains(.subscribed) }
    }

    /// Holds the acknowledgements of five messages, reads five more, and lets the first five go.
    /// - Parameter settings: of the publisher.
    func holdFive(_ broker: Broker, settings: MosquittoSettings? = nil) throws {
        try subscribe()
        acknowledges = false
        try broker.publish(5, settings: settings)
        try turn(until: "5 messages") { payloads.count == 5 }
        guard client.hold() else { throw ServiceError("nothing can be held") }
        try broker.publish(5, from: 5, settings: settings)
        try turn(until: "5 more") { payloads.count == 10 }
        guard client.unacknowledged == 10, !client.wantsWrite else { throw ServiceError("something went, or wants to go") }
        client.release()
        try turn(until: "5 acknowledgements") { broker.log.components(separatedBy: "Received PUBACK from desk").count == 6 }
    }

    /// Acknowledges the first of ten messages one by one while the others are held, and sends a sign of life past those.
    /// - Parameter settings: of the publisher.
    func acknowledgeFive(_ broker: Broker, settings: MosquittoSettings? = nil) throws {
        try subscribe()
        acknowledges = false
        try broker.publish(10, settings: settings)
        try turn(until: "10 messages") { payloads.count == 10 }
        for count in 1...5 {
            client.acknowledge(1)
            try turn(until: "acknowledgement \(count)") {
                broker.log.components(separatedBy: "Received PUBACK from desk").count == count + 1
            }
            guard client.unacknowledged == 10 - count else { throw ServiceError("\(client.unacknowledged) are said to be left") }
        }
    }

    /// Connects and waits for the end of it.
    func failure(within seconds: TimeInterval = 20) throws -> MosquittoError {
        do {
            try client.connect()
        } catch {
            return error
        }
        try turn(until: "a failure", within: seconds) { disconnection != nil }
        return disconnection!
    }

    var disconnection: MosquittoError? {
        for case .disconnected(let error) in events { return error }
        return nil
    }

    var session: MosquittoSession? {
        for case .connected(let session) in events.reversed() { return session }
        return nil
    }

    var refusal: MosquittoError? {
        for case .refused(let error) in events { return error }
        return nil
    }

    func forget() {
        events = []
        payloads = []
        topics = []
    }
}

extension Broker {
    func settings(_ id: String) -> MosquittoSettings {
        var settings = MosquittoSettings(host: "127.0.0.1", port: port, clientID: id)
        settings.connectTimeout = .seconds(5)
        return settings
    }

    /// Publishes `count` messages at QoS 1, numbered from 0 in their first 4 bytes.
    func publish(
        _ count: Int, size: Int = 100, to topic: String = "camera/cam7/image_json", from first: Int = 0, settings: MosquittoSettings? = nil
    ) throws {
        var publisher = try MosquittoPublisher(settings ?? self.settings("publisher"))
        try publisher.connect()
        for number in first..<first + count {
            var payload = [UInt8](repeating: 120, count: size)
            for position in 0..<4 { payload[position] = UInt8(truncatingIfNeeded: number >> (8 * position)) }
            try publisher.publish(topic: topic, payload: payload.span)
        }
        try publisher.finish()
        publisher.disconnect()
    }
}

func number(_ payload: [UInt8]) -> Int { (0..<4).reduce(0) { $0 | Int(payload[$1]) << (8 * $1) } }

func copy(_ span: Span<UInt8>) -> [UInt8] { span.withUnsafeBufferPointer { Array($0) } }
