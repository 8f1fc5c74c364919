import CMosquitto
import Glibc
import Platform

/// The sending side, for `simulate` and for tests: publishes at QoS 1 or 0 and waits, with a limit, for the broker to confirm.
///
/// At most `window` messages are unconfirmed at any time; `publish` waits for room. After a lost connection what was not
/// confirmed is gone: `unconfirmed` tells how many, and publishing them again is the caller's business.
///
/// Not `Sendable`: one thread owns it.
package struct MosquittoPublisher: ~Copyable {
    private let client: MosquittoClient
    private let window: Int

    /// Messages of QoS 1 the broker has confirmed.
    package private(set) var confirmed = 0
    /// Those among them that nobody is subscribed to (MQTT 5 only, reason code 16).
    package private(set) var unheard = 0
    /// Handed to the library and not confirmed.
    package var unconfirmed: Int { underWay.count }
    private var underWay: Set<CInt>

    /// - Parameter window: how many messages may be under way; the broker's own limit (MQTT 5, Receive Maximum) is kept too.
    package init(_ settings: MosquittoSettings, window: Int = 64) throws(MosquittoError) {
        var settings = settings
        settings.filters = []
        client = try MosquittoClient(settings)  // first: what throws comes before any field that must be destroyed (Swift 6.2)
        self.window = window
        underWay = []
    }

    /// Connects, within the settings' `connectTimeout`.
    package mutating func connect() throws(MosquittoError) {
        underWay = []
        try client.connect()
        try wait(.connect, atMost: client.settings.connectTimeout) { $0.client.isConnected }
    }

    /// Publishes one message, after waiting for room if the window is full.
    ///
    /// The corresponding C function is `mosquitto_publish_v5`.
    package mutating func publish(
        topic: String, payload: Span<UInt8>, qos: Int = 1, patience: Duration = .seconds(30)
    ) throws(MosquittoError) {
        try wait(.publish, atMost: patience) { $0.unconfirmed < $0.window && !$0.client.wantsWrite }
        let identifier = try client.publish(topic: topic, payload: payload, qos: qos)
        if qos > 0 { underWay.insert(identifier) }
        client.flush()
        try take()
    }

    /// Waits until the broker has confirmed everything.
    package mutating func finish(patience: Duration = .seconds(30)) throws(MosquittoError) {
        try wait(.publish, atMost: patience) { $0.unconfirmed == 0 && !$0.client.wantsWrite }
    }

    /// Keeps the connection alive between messages, for at most `pause`.
    package mutating func idle(_ pause: Duration) throws(MosquittoError) {
        let end = MonotonicClock.now() + pause
        while case let left = end - MonotonicClock.now(), left > .zero { try turn(atMost: left) }
    }

    /// Says goodbye.
    package mutating func disconnect() { client.disconnectKeepingSession() }

    private mutating func wait(
        _ step: MosquittoError.Step, atMost patience: Duration, until isDone: (borrowing MosquittoPublisher) -> Bool
    ) throws(MosquittoError) {
        let deadline = MonotonicClock.now() + patience
        while !isDone(self) {
            let left = deadline - MonotonicClock.now()
            guard left > .zero else { throw MosquittoError(step, client.settings.endpoint, .timedOut(patience)) }
            try turn(atMost: left)
        }
    }

    /// One turn of the poll loop.
    private mutating func turn(atMost limit: Duration) throws(MosquittoError) {
        let events = Int16(POLLIN) | (client.wantsWrite ? Int16(POLLOUT) : 0)
        var entry = pollfd(fd: client.socket, events: events, revents: 0)
        unsafe poll(&entry, 1, CInt(min(limit, .seconds(1)) / .milliseconds(1)) + 1)
        client.read { _, _, _ in .next }
        client.flush()
        client.housekeeping()
        try take()
    }

    private mutating func take() throws(MosquittoError) {
        for (identifier, reason) in client.takePublished() where underWay.remove(identifier) != nil {
            confirmed += 1
            if reason == 16 { unheard += 1 }
            guard reason < 128 else {
                throw MosquittoError(
                    .publish, client.settings.endpoint, .refused(MQTTReason(code: UInt8(truncatingIfNeeded: reason)), filter: nil))
            }
        }
        while let event = client.nextEvent() {
            guard case .disconnected(let error) = event else { continue }
            // 2.0.21 and 2.1.2 end the connection over it; 2.0.11 tells any reason (`handle__pubackcomp` read).
            let isAnswer = error.cause == .malformed && error.step == .converse && unconfirmed > 0
            throw isAnswer ? MosquittoError(.publish, error.endpoint, .unknownAnswer) : error
        }
    }
}
