import IngestCore
import Platform

/// Stored pictures of which others are to be told, on their way from the threads that store them to the one that publishes. Bounded:
/// beyond as many as may wait, the oldest is given up and counted.
final class NoticeMailbox: Sendable {
    struct Stored: Sendable {
        let picture: Picture
        let rowID: String
    }

    private struct State: Sendable {
        var stored = FIFO<Stored>()
        /// Given up here.
        var dropped = 0
        /// Given up by the publisher.
        var droppedLater = 0
        var unheard = 0
    }

    /// Woken when there is something to take.
    let waker: Waker
    private let state = Monitor(State())

    init() throws(SystemError) { waker = try Waker() }

    func put(_ picture: Picture, rowID: String) {
        state.update { state in
            state.stored.append(Stored(picture: picture, rowID: rowID))
            if state.stored.count > NoticeQueue.most, state.stored.popFirst() != nil { state.dropped += 1 }
        }
        waker.wake()
    }

    func take() -> [Stored] {
        waker.clear()
        return state.update { $0.stored.removeAll() }
    }

    /// For metrics: how many were given up since the start.
    var dropped: Int { state.read { $0.dropped + $0.droppedLater } }
    /// And how many the broker took for nobody.
    var unheard: Int { state.read { $0.unheard } }

    /// What came of those that were taken out.
    func published(dropped: Int, unheard: Int) { state.update { ($0.droppedLater, $0.unheard) = (dropped, unheard) } }
}
