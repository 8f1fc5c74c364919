import IngestCore
import Platform

// MARK: - What the Redis worker is given, and its answers

extension Delivery {
    /// What the gateways agreed about one picture.
    struct Agreed: Sendable {
        enum Fate: Sendable {
            /// This gateway stores it; or nobody can be asked.
            case go
            /// Another gateway is at it.
            case rest
            case stored(by: String?, as: CaptureIdentity?)
        }

        let parcel: Parcel
        /// As it would be stored.
        let picture: Picture
        let alternateKey: String
        let fate: Fate
    }

    /// Waits until there is something to agree about or to note.
    /// - Returns: whether there will be nothing more.
    func awaitCoordination(atMost limit: Duration) -> Bool {
        state.wait(atMost: limit, when: { $0.mayEnd || $0.machine.hasCoordinationWork(now: .current) }) { state in
            if state.machine.hasCoordinationWork(now: .current) { return false }
            return state.mayEnd ? true : nil
        } ?? false
    }

    /// Pictures to agree about; perhaps none.
    func nextAgreements(most: Int) -> Duty<[Parcel]> { Duty(state.update { $0.machine.takeAgreements(most: most, now: .current) }) }

    /// Pictures to note as stored; perhaps none.
    func nextMarks(most: Int) -> Duty<[Parcel]> { Duty(state.update { $0.machine.takeMarks(most: most) }) }

    /// When a picture that rests is looked at next.
    var nextLook: Instant? { state.read { $0.machine.nextLook } }

    /// Those of `ids` that are on their way no more.
    func gone(of ids: [ParcelID]) -> [ParcelID] { state.read { state in ids.filter { state.machine.parcels[$0] == nil } } }

    /// - Parameter answers: one for each picture of `duty`.
    /// - Returns: pictures that turned out to be stored already.
    func agreed(_ duty: consuming Duty<[Parcel]>, _ answers: [Agreed]) -> [(parcel: Parcel, owner: String?, identity: CaptureIdentity?)] {
        let asked = duty.answered()
        assert(Set(asked.map(\.id)) == Set(answers.map(\.parcel.id)), "each picture is owed an answer")
        if answers.isEmpty { return [] }
        let now = Instant.current
        return change { state in
            var left: [(parcel: Parcel, owner: String?, identity: CaptureIdentity?)] = []
            for answer in answers {
                let id = answer.parcel.id
                switch answer.fate {
                case .go: state.machine.agreed(id, as: answer.picture, alternateKey: answer.alternateKey, now: now)
                case .rest:
                    let pause = min(max((now - answer.parcel.since) / 4, .milliseconds(30)), .seconds(1))
                    state.machine.rests(id, as: answer.picture, alternateKey: answer.alternateKey, until: now + pause, now: now)
                case .stored(let owner, let identity):
                    if let parcel = state.machine.storedBefore(id) { left.append((parcel, owner, identity)) }
                }
            }
            return left
        }
    }

    /// They were noted, or could not be: their local copies may go either way.
    func marked(_ duty: consuming Duty<[Parcel]>) {
        let parcels = duty.answered()
        if parcels.isEmpty { return }
        for (parcel, rowID) in change({ state in parcels.compactMap { state.machine.marked($0.id) } }) { leave(parcel, rowID: rowID) }
    }
}
