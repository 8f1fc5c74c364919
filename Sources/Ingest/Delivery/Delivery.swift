package import IngestCore
import Platform

/// The pictures on their way, shared by the threads that bring them there.
package final class Delivery: Sendable {
    struct State: Sendable {
        var board: DeliveryBoard
        var sources: [ParcelID: any PictureBytes] = [:]
        var random = SystemRandomNumberGenerator()
        var figures = DeliveryFigures()
        var isStopping = false
    }

    /// What became of a picture that left.
    package enum End: Sendable {
        case stored(Parcel, rowID: String)
        case shelved(Parcel)
    }

    let state: Monitor<State>
    /// Set once, before the workers start: wakes the upload worker out of its transfers.
    private let wakeUploads = Monitor<(@Sendable () -> Void)?>(nil)
    private let ended: @Sendable (End) -> Void

    /// - Parameter ended: told of every picture that left, on the thread that finished it; must not block.
    package init(limits: DeliveryBoard.Limits, backoff: Backoff, ended: @escaping @Sendable (End) -> Void) {
        state = Monitor(State(board: DeliveryBoard(limits: limits, backoff: backoff)))
        self.ended = ended
    }

    func onWork(_ wake: @escaping @Sendable () -> Void) { wakeUploads.update { $0 = wake } }

    /// Takes a picture in charge; any thread.
    @discardableResult
    package func admit(
        _ picture: Picture, alternateKey: String, lane: Lane, bytes: any PictureBytes, isUploaded: Bool = false, objectVersion: String? = nil,
        refusals: Int = 0
    ) -> ParcelID {
        change { state in
            let id = state.board.admit(
                picture, alternateKey: alternateKey, lane: lane, isUploaded: isUploaded, objectVersion: objectVersion, refusals: refusals,
                now: .current
            )
            state.sources[id] = bytes
            return id
        }
    }

    /// Pictures not yet stored.
    package var count: Int { state.read { $0.board.count } }

    package var figures: DeliveryFigures { state.read { $0.figures } }

    package func stop() { change { $0.isStopping = true } }

    /// Runs `body` on the state, then wakes whoever may have something to do now.
    func change<R>(_ body: (inout State) -> R) -> R {
        let answer = state.update(body)
        wakeUploads.read { $0 }?()
        return answer
    }

    func leave(_ end: End) { ended(end) }
}

extension Instant {
    package static var current: Instant { Instant(sinceBoot: MonotonicClock.now()) }
}
