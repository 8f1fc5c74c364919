/// The claims and locks that this gateway holds, by the picture they are for.
///
/// Redis may forget them, or give them to another when this gateway was away for too long; the book then holds what is not so,
/// which costs at most an upload twice: the successor writes the same object and row.
package struct ClaimBook: Sendable {
    /// How long a claim and a lock live without renewal.
    package static let life = Duration.seconds(30)
    /// Often enough for two renewals to fail.
    static let renewalInterval = Duration.seconds(10)

    package struct Entry: Equatable, Sendable {
        package let parcel: ParcelID
        package let key: String
        package let claim: Claim
        var renewAt: Instant
    }

    private struct Place: Hashable {
        let key: String
        let imageID: String
    }

    private var entries: [ParcelID: Entry] = [:]
    private var places: [Place: ParcelID] = [:]
    private var locks: [String: Int] = [:]
    /// What a capture was called here before it took the identity another gateway gave it.
    private var formerNames: [ParcelID: String] = [:]

    package init() {}

    package var count: Int { entries.count }
    package var parcels: [ParcelID] { Array(entries.keys) + formerNames.keys.filter { entries[$0] == nil } }

    /// Whether another picture of this gateway's own holds the claim to the same capture.
    package func isTaken(_ picture: Picture, but parcel: ParcelID) -> Bool {
        guard let holder = places[Place(key: CoordinationKey.claim(picture), imageID: picture.imageID)] else { return false }
        return holder != parcel
    }

    package mutating func adopted(_ parcel: ParcelID, instead name: String) {
        if formerNames[parcel] == nil { formerNames[parcel] = name }
    }

    package mutating func took(_ claim: Claim, of picture: Picture, for parcel: ParcelID, now: Instant) {
        guard entries[parcel] == nil else { return }
        let key = CoordinationKey.claim(picture)
        entries[parcel] = Entry(parcel: parcel, key: key, claim: claim, renewAt: now + Self.renewalInterval)
        places[Place(key: key, imageID: claim.identity.imageID)] = parcel
        locks[claim.identity.imageID, default: 0] += 1
    }

    /// What has to be renewed now, at most so many.
    package mutating func dueRenewals(most: Int, now: Instant) -> [Entry] {
        var due: [Entry] = []
        for (parcel, entry) in entries where entry.renewAt <= now && due.count < most {
            entries[parcel]?.renewAt = now + Self.renewalInterval
            due.append(entry)
        }
        return due
    }

    /// Redis was away and may have forgotten: everything is due.
    package mutating func renewAll(now: Instant) {
        for parcel in entries.keys { entries[parcel]?.renewAt = now }
    }

    /// What a picture that leaves leaves behind.
    package struct Rest: Equatable, Sendable {
        /// The claim it held, and its key.
        package var entry: Entry?
        /// Nobody else here needs the lock of this image id.
        package var lock: String?
        package var formerName: String?
    }

    package mutating func left(_ parcel: ParcelID) -> Rest {
        var rest = Rest(formerName: formerNames.removeValue(forKey: parcel))
        guard let entry = entries.removeValue(forKey: parcel) else { return rest }
        let imageID = entry.claim.identity.imageID
        let place = Place(key: entry.key, imageID: imageID)
        if places[place] == parcel { places[place] = nil }
        let others = (locks[imageID] ?? 1) - 1
        locks[imageID] = others > 0 ? others : nil
        rest.entry = entry
        if others <= 0 { rest.lock = imageID }
        return rest
    }
}
