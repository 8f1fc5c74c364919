import Clients
import IngestCore
import Platform

// MARK: - Before the upload

extension CoordinationWorker {
    /// A picture and under which identity it would be stored.
    private struct Candidate {
        let parcel: Parcel
        var picture: Picture
    }

    private enum Fate {
        case go
        case rest
        case stored(by: String?, as: CaptureIdentity?)
    }

    func agree(_ parcels: [Parcel]) {
        guard !parcels.isEmpty else { return }
        var fates: [(Candidate, Fate)] = []
        var undecided = parcels.map { Candidate(parcel: $0, picture: $0.picture) }
        // Twice, for who adopts an identity looks again; a third time nobody should need.
        for _ in 0..<3 where !undecided.isEmpty { undecided = decide(undecided, &fates) }
        fates += undecided.map { ($0, .rest) }
        conclude(fates)
    }

    /// - Returns: those that took another identity.
    private func decide(_ candidates: [Candidate], _ fates: inout [(Candidate, Fate)]) -> [Candidate] {
        var asking: [Candidate] = []
        for candidate in candidates {
            if book.isTaken(candidate.picture, but: candidate.parcel.id) {
                fates.append((candidate, .rest))
            } else {
                asking.append(candidate)
            }
        }
        guard let views = views(of: asking.map(\.picture)) else {
            fates += asking.map { ($0, .go) }
            return []
        }
        var adopting: [Candidate] = []
        var claiming: [(candidate: Candidate, claim: Claim, expected: String?)] = []
        for (var candidate, view) in zip(asking, views) {
            switch agreement.step(for: candidate.picture, seeing: view) {
            case .stored(let owner, let identity): fates.append((candidate, .stored(by: owner, as: identity)))
            case .wait: fates.append((candidate, .rest))
            case .claim(let claim, let expected): claiming.append((candidate, claim, expected))
            // What was uploaded under its own key stays there: the table will tell.
            case .adopt where candidate.parcel.isUploaded: fates.append((candidate, .go))
            case .alone: fates.append((candidate, .go))
            case .adopt(let identity):
                book.adopted(candidate.parcel.id, instead: candidate.picture.imageID)
                candidate.picture.adopt(identity)
                adopting.append(candidate)
            }
        }
        let taken = take(claiming.map { ($0.candidate.picture, $0.claim, $0.expected) })
        for (index, entry) in claiming.enumerated() {
            guard let taken else {
                fates.append((entry.candidate, .go))
                continue
            }
            if taken[index] { book.took(entry.claim, of: entry.candidate.picture, for: entry.candidate.parcel.id, now: .current) }
            fates.append((entry.candidate, taken[index] ? .go : .rest))
        }
        return adopting
    }

    /// One round trip; nil when Redis is away.
    private func views(of pictures: [Picture]) -> [CoordinationView]? {
        let commands = pictures.flatMap { picture in
            [
                RedisCommand.get(CoordinationKey.claim(picture)), .get(CoordinationKey.processed(picture.imageID)),
                .get(CoordinationKey.lock(picture.imageID)),
            ]
        }
        guard let replies = link.pipeline(commands) else { return nil }
        return pictures.indices.map { index in
            CoordinationView(claim: replies[index * 3].text, processed: replies[index * 3 + 1].text, lock: replies[index * 3 + 2].text)
        }
    }

    /// One round trip: which of them are ours now; nil when Redis is away.
    private func take(_ claims: [(Picture, Claim, expected: String?)]) -> [Bool]? {
        let commands = claims.map { picture, claim, expected in
            CoordinationScripts.take.known(
                keys: [CoordinationKey.claim(picture), CoordinationKey.lock(claim.identity.imageID)], expected ?? "", claim.text,
                agreement.owner, ClaimBook.life.text
            )
        }
        return link.pipeline(commands)?.map { $0.integer == 1 }
    }

    private func conclude(_ fates: [(Candidate, Fate)]) {
        let now = Instant.current
        let left = delivery.change { state in
            var left: [(Parcel, identity: CaptureIdentity?, by: String?)] = []
            for (candidate, fate) in fates {
                let (id, picture) = (candidate.parcel.id, candidate.picture)
                switch fate {
                case .go:
                    state.board.agreed(id, as: picture, alternateKey: alternateKey(picture))
                case .rest:
                    let waited = now - candidate.parcel.since
                    state.board.rests(
                        id, as: picture, alternateKey: alternateKey(picture),
                        until: now + min(max(waited / 4, .milliseconds(30)), .seconds(1)),
                        now: now
                    )
                case .stored(let owner, let identity):
                    if let parcel = state.board.storedBefore(id) { left.append((parcel, identity, by: owner)) }
                }
            }
            return left
        }
        guard !left.isEmpty else { return }
        release(left.map { (book.left($0.0.id), picture: $0.0.picture) })
        for (parcel, identity, owner) in left {
            let isOwn = owner == nil || owner == agreement.owner
            delivery.leave(parcel, as: isOwn ? .repeated(of: identity) : .storedElsewhere(as: identity))
        }
    }
}

// MARK: - After the row

extension CoordinationWorker {
    /// Notes pictures as processed; then their local copies may go, also where Redis does not answer.
    func mark(_ parcels: [Parcel]) {
        guard !parcels.isEmpty else { return }
        let commands = parcels.map { parcel in
            let picture = parcel.picture
            let rest = book.left(parcel.id)
            return CoordinationScripts.store.known(
                keys: [
                    CoordinationKey.processed(picture.imageID), CoordinationKey.claim(picture), CoordinationKey.lock(picture.imageID),
                    CoordinationKey.session(picture.camera),
                ],
                [
                    picture.camera.text, picture.sha256, processedTTL.text, rest.entry?.claim.text ?? "",
                    Claim(picture, owner: agreement.owner, isStored: true).text, agreement.claimExpiry(for: picture).text,
                    rest.lock == nil ? "" : agreement.owner, picture.imageID,
                ] + (rest.formerName.map { [$0] } ?? [])
            )
        }
        let isSet = link.pipeline(commands) != nil
        for it in parcels { log.step("processed:\(it.picture.imageID) \(isSet ? "is set" : "is not set, Redis is away")", of: it.picture) }
        let ended = delivery.change { state in parcels.compactMap { state.board.marked($0.id) } }
        for (parcel, rowID) in ended { delivery.leave(parcel, rowID: rowID) }
    }
}
