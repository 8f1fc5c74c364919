import Clients
import Foundation
import TestServices

/// The cameras' side of the broker: one connection that publishes for all of them. One thread.
final class Cameras {
    private var publisher: MosquittoPublisher

    init(_ settings: MosquittoSettings) throws {
        publisher = try MosquittoPublisher(settings, window: 256)
        try publisher.connect()
    }

    deinit { publisher.disconnect() }

    func publish(_ payload: [UInt8], topic: String, qos: Int = 1) throws {
        try publisher.publish(topic: topic, payload: payload.span, qos: qos)
    }

    func publish(_ payload: String, topic: String, qos: Int = 1) throws { try publish(Array(payload.utf8), topic: topic, qos: qos) }

    /// All chunks of a picture in order; then waits until the broker has them.
    func publish(_ picture: TestPicture, qos: Int = 1) throws {
        for message in picture.messages { try publish(message, topic: picture.topic, qos: qos) }
        try finish()
    }

    /// One chunk of a picture.
    func publish(_ picture: TestPicture, chunk: Int, qos: Int = 1) throws {
        try publish(picture.messages[chunk], topic: picture.topic, qos: qos)
    }

    /// The pictures' chunks one from each in turn, as many cameras at once would send them.
    /// - Parameter repeating: each so manieth message goes out twice; 0 is none.
    func publishInterleaved(_ pictures: [TestPicture], repeating: Int = 0) throws {
        let all = pictures.map { ($0.topic, $0.messages) }
        var count = 0
        for index in 0..<(all.map(\.1.count).max() ?? 0) {
            for (topic, messages) in all where index < messages.count {
                count += 1
                for _ in 0..<(repeating > 0 && count % repeating == 0 ? 2 : 1) { try publish(messages[index], topic: topic) }
            }
        }
        try finish()
    }

    /// Waits until the broker has everything.
    func finish() throws { try publisher.finish() }
}
