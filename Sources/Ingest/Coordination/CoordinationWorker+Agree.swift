import Clients
import IngestCore
import Platform

/// Pictures about which the gateways are to agree, on the way to what becomes of them.
struct AgreementExchange {
    /// A picture and under which identity it would be stored.
    struct Candidate {
        let parcel: Parcel
        var picture: Picture
    }

    typealias Fate = Delivery.Agreed.Fate

    fileprivate var undecided: [Candidate]
    fileprivate var fates: [(Candidate, Fate)] = []

    init(_ parcels: [Parcel]) { undecided = parcels.map { Candidate(parcel: $0, picture: $0.picture) } }
}

// MARK: - Before the upload

extension CoordinationWorker {
    private typealias Candidate = AgreementExchange.Candidate

    /// What to send for those undecided: one command each.
    func ask(_ talk: inout AgreementExchange) -> [RedisCommand] {
        let candidates = talk.undecided
        talk.undecided = []
        for candidate in candidates {
            if book.isTaken(candidate.picture, but: candidate.parcel.id) {
                talk.fates.append((candidate, .rest))
            } else {
                talk.undecided.append(candidate)
            }
        }
        return talk.undecided.map { candidate in
            CoordinationScripts.claim.known(
                keys: [
                    CoordinationKey.claim(candidate.picture), CoordinationKey.processed(candidate.picture.imageID),
                    CoordinationKey.lock(candidate.picture.imageID),
                ],
                Claim(candidate.picture, owner: agreement.owner).text, agreement.owner, ClaimBook.life.text
            )
        }
    }

    /// - Parameter replies: to what `ask` gave; nil when Redis is away.
    func agree(_ talk: inout AgreementExchange, _ duty: consuming Duty<[Parcel]>, hearing replies: [RedisReply]?) {
        decide(&talk, hearing: replies)
        // Who adopts an identity looks again; a third time nobody should need.
        for _ in 0..<2 where !talk.undecided.isEmpty { decide(&talk, hearing: link.pipeline(ask(&talk))) }
        talk.fates += talk.undecided.map { ($0, .rest) }
        conclude(duty, talk.fates)
    }

    /// Leaves those undecided that took another identity.
    private func decide(_ talk: inout AgreementExchange, hearing replies: [RedisReply]?) {
        let asking = talk.undecided
        talk.undecided = []
        guard let replies else {
            talk.fates += asking.map { ($0, .go) }
            return
        }
        var claiming: [(candidate: Candidate, claim: Claim, expected: String?)] = []
        for (var candidate, reply) in zip(asking, replies) {
            let picture = candidate.picture
            if reply.integer == 1 {
                book.took(Claim(picture, owner: agreement.owner), of: picture, for: candidate.parcel.id, now: .current)
                talk.fates.append((candidate, .go))
                continue
            }
            // Another of this gateway's own may have been given the same claim just now.
            guard let view = CoordinationView(reply), !book.isTaken(picture, but: candidate.parcel.id) else {
                talk.fates.append((candidate, .rest))
                continue
            }
            switch agreement.step(for: picture, seeing: view) {
            case .stored(let owner, let identity): talk.fates.append((candidate, .stored(by: owner, as: identity)))
            case .wait: talk.fates.append((candidate, .rest))
            case .claim(let claim, let expected): claiming.append((candidate, claim, expected))
            // What was uploaded under its own key stays there: the table will tell.
            case .adopt where candidate.parcel.isUploaded: talk.fates.append((candidate, .go))
            case .alone: talk.fates.append((candidate, .go))
            case .adopt(let identity):
                book.adopted(candidate.parcel.id, instead: picture.imageID)
                candidate.picture.adopt(identity)
                talk.undecided.append(candidate)
            }
        }
        let taken = take(claiming.map { ($0.candidate.picture, $0.claim, $0.expected) })
        for (index, entry) in claiming.enumerated() {
            guard let taken else {
                talk.fates.append((entry.candidate, .go))
                continue
            }
            if taken[index] { book.took(entry.claim, of: entry.candidate.picture, for: entry.candidate.parcel.id, now: .current) }
            talk.fates.append((entry.candidate, taken[index] ? .go : .rest))
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

    private func conclude(_ duty: consuming Duty<[Parcel]>, _ fates: [(Candidate, AgreementExchange.Fate)]) {
        let answers = fates.map { candidate, fate in
            let (parcel, picture) = (candidate.parcel, candidate.picture)
            return Delivery.Agreed(parcel: parcel, picture: picture, alternateKey: alternateKey(picture), fate: fate)
        }
        let left = delivery.agreed(duty, answers)
        guard !left.isEmpty else { return }
        release(left.map { (book.left($0.parcel.id), picture: $0.parcel.picture) })
        for (parcel, owner, identity) in left {
            let isOwn = owner == nil || owner == agreement.owner
            delivery.leave(parcel, as: isOwn ? .repeated(of: identity) : .storedElsewhere(as: identity))
        }
    }
}

// MARK: - After the row

extension CoordinationWorker {
    /// What notes a picture as processed.
    func mark(_ parcel: Parcel) -> RedisCommand {
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

    /// They were noted; now their local copies may go, also where Redis did not answer.
    func marked(_ duty: consuming Duty<[Parcel]>, isSet: Bool) {
        for it in duty.content {
            log.step("processed:\(it.picture.imageID) \(isSet ? "is set" : "is not set, Redis is away")", of: it.picture)
        }
        delivery.marked(duty)
    }
}

extension CoordinationView {
    /// What `CoordinationScripts.claim` told; nil where it failed.
    fileprivate init?(_ reply: RedisReply) {
        guard let values = reply.array, values.count == 3 else { return nil }
        self.init(claim: values[0].text, processed: values[1].text, lock: values[2].text)
    }
}
