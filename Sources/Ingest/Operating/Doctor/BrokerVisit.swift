import Clients
import Glibc
import Platform

/// One connection of the doctor's to the broker, and what came of it.
final class BrokerVisit {
    let client: MosquittoClient
    /// Once the broker has accepted the connection.
    private(set) var session: MosquittoSession?
    /// Whether it has answered for all topic filters.
    private(set) var isAnswered = false
    /// Outgoing messages that are done, with the broker's reason codes.
    private(set) var published: [CInt: CInt] = [:]
    /// Told of every message.
    var received: (_ topic: Span<UInt8>, _ payload: Span<UInt8>) -> Void = { _, _ in }

    init(_ settings: MosquittoSettings) throws(MosquittoError) {
        client = try MosquittoClient(settings)
        try client.connect()
    }

    deinit { client.dropConnection() }

    /// Polls until `isDone`.
    /// - Returns: false when `patience` was over first.
    /// - Throws: when the connection ends.
    func turn(atMost patience: Duration, until isDone: () -> Bool) throws(MosquittoError) -> Bool {
        let deadline = MonotonicClock.now() + patience
        while !isDone() {
            let left = deadline - MonotonicClock.now()
            guard left > .zero else { return false }
            var entry = pollfd(fd: client.socket, events: Int16(client.wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0)
            unsafe poll(&entry, 1, client.hasBufferedInput ? 0 : min(left, .milliseconds(100)).pollMilliseconds)
            // Messages that come are the gateway's to store; its own session has them too.
            _ = client.read { topic, payload, _ in
                received(topic, payload)
                return .next
            }
            client.flush()
            client.housekeeping()
            for (identifier, reason) in client.takePublished() { published[identifier] = reason }
            while let event = client.nextEvent() {
                switch event {
                case .connected(let granted): session = granted
                case .subscribed, .refused: isAnswered = true
                case .disconnected(let error): throw error
                }
            }
        }
        return true
    }

    /// Waits for the broker to accept the connection.
    func connect() throws(MosquittoError) -> MosquittoSession {
        guard try turn(atMost: Doctor.patience, until: { session != nil }), let session else {
            throw MosquittoError(.connect, client.settings.endpoint, .timedOut(Doctor.patience))
        }
        return session
    }
}
