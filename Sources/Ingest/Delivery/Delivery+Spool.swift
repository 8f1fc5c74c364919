import IngestCore
import Platform

// MARK: - What the spool's worker is given, and its answers

extension Delivery {
    /// A picture for the spool's files, or one of the backlog that comes back to its own.
    struct Shelving: Sendable {
        let parcel: Parcel
        /// Nil where they cannot be read.
        let bytes: (any PictureBytes)?
        /// It was refused for its own sake as often as is allowed.
        let isOutOfAttempts: Bool
        /// When something may go that may not go now.
        let nextMove: Instant?
    }

    struct SpoolTurn: Sendable {
        var mail = SpoolInbox()
        var isStopping = false
    }

    /// What its feeding and its limits depend on.
    struct SpoolView: Sendable {
        /// Entries that delivery would take.
        let room: Int
        /// Both stores take pictures, as far as is known.
        let isWell: Bool
        /// Live pictures wait for a store that is away.
        let isStuck: Bool
        /// There will be nothing more.
        let mayEnd: Bool
        let nextMove: Instant?
        /// When a store that is held back is tried again; with one that is being tried, now.
        let nextAttempt: Instant?
        /// Cameras that a store does not let in, and when each is tried next.
        let withheld: [CameraUID: Instant]
    }

    /// Waits until there is something to shelve, mail, or, where that is wanted, room for entries of the spool.
    func awaitSpoolWork(wantsMore: Bool, atMost limit: Duration) -> SpoolTurn {
        state.wait(atMost: limit) { state -> SpoolTurn? in
            let isWanted = state.machine.hasShelving || !state.spool.isEmpty || state.isStopping
            guard isWanted || wantsMore && state.machine.backlogRoom(now: .current) > 0 else { return nil }
            var turn = SpoolTurn(isStopping: state.isStopping)
            swap(&turn.mail, &state.spool)
            return turn
        } ?? SpoolTurn()
    }

    /// The next picture to be shelved; nil is nothing more, or no time for more.
    func nextShelving() -> Duty<Shelving>? {
        let shelving = state.update { state -> Shelving? in
            guard !state.isAbandoned, let parcel = state.machine.takeShelving(most: 1).first else { return nil }
            return Shelving(
                parcel: parcel, bytes: state.sources[parcel.id], isOutOfAttempts: state.machine.isOutOfAttempts(parcel),
                nextMove: state.machine.nextMove(after: .current))
        }
        guard let shelving else { return nil }
        return Duty(shelving)
    }

    /// It is in the spool, or was given up as `[spool] when_full` says.
    func shelved(_ duty: consuming Duty<Shelving>, as fate: End.Fate) { leaveShelved(duty.answered().parcel, as: fate) }

    /// It could not be shelved, and stays in the pool.
    /// - Parameter closesShelf: nor could another.
    func unshelvable(_ duty: consuming Duty<Shelving>, closesShelf: Bool) {
        let id = duty.answered().parcel.id
        change { state in
            if closesShelf { state.machine.shelfIsOpen = false }
            state.machine.unshelvable(id)
        }
    }

    func setShelf(open isOpen: Bool) { change { $0.machine.shelfIsOpen = isOpen } }

    /// Takes the spool's pictures that have not begun out of delivery.
    func recallBacklog() { change { $0.machine.recallBacklog() } }

    /// An operator wants everything tried at once.
    func tryNow() { change { $0.machine.tryNow(now: .current) } }

    /// The spool has entries that may be delivered now, or has not.
    func setBacklog(waits: Bool) { state.update { $0.backlogWaits = waits } }

    var spoolView: SpoolView {
        state.read { state in
            let now = Instant.current
            let breakers = [state.machine.objects, state.machine.rows]
            let isTrying = breakers.contains { !$0.isClosed && $0.heldUntil == nil }
            return SpoolView(
                room: state.machine.backlogRoom(now: now), isWell: state.machine.isWell, isStuck: state.machine.isStuck,
                mayEnd: state.mayEnd,
                nextMove: state.machine.nextMove(after: now),
                nextAttempt: (breakers.map(\.heldUntil) + [isTrying ? now : nil]).compactMap(\.self).min(),
                withheld: state.machine.withheldByObjects.tries.merging(state.machine.withheldByRows.tries) { max($0, $1) })
        }
    }
}
