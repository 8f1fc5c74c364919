import Testing

@testable import IngestCore

/// Two or three gateways hear the same cameras; any may die, Redis may forget everything or be away, at any moment.
@Suite("Gateways beside the same cameras")
struct GatewaysModelTests {
    @Test("store each capture once by the table's rules, and end with nothing in hand", arguments: UInt64(0)..<300)
    func schedules(seed: UInt64) {
        var world = GatewayWorld(seed: seed)
        world.run()
        let left = world.gateways.map(\.copies.count).reduce(0, +)
        #expect(left == 0, "seed \(seed)")
        #expect(Set(world.table.rows.map(\.capture)) == Set(world.captures), "seed \(seed): every capture has a row")
        #expect(world.table.rows.count == world.captures.count, "seed \(seed): and no capture has two")
        if world.isCalm { #expect(world.uploads == world.captures.count, "seed \(seed): without failures nothing is uploaded twice") }
    }
}

/// The value of each key, with its end. What the scripts do, done in one step.
private struct ModelRedis {
    private var values: [String: (value: String, until: Duration)] = [:]

    subscript(key: String, at now: Duration) -> String? { values[key].flatMap { $0.until > now ? $0.value : nil } }

    mutating func set(_ key: String, _ value: String?, until: Duration) { values[key] = value.map { ($0, until) } }
    mutating func forgetEverything() { values = [:] }

    mutating func take(_ key: String, expecting expected: String?, _ claim: Claim, at now: Duration) -> Bool {
        let lock = CoordinationKey.lock(claim.identity.imageID)
        guard self[key, at: now] == expected, [nil, claim.owner].contains(self[lock, at: now]) else { return false }
        set(key, claim.text, until: now + ClaimBook.life)
        set(lock, claim.owner, until: now + ClaimBook.life)
        return true
    }

    mutating func renew(_ entry: ClaimBook.Entry, at now: Duration) {
        let lock = CoordinationKey.lock(entry.claim.identity.imageID)
        if [nil, entry.claim.owner].contains(self[lock, at: now]) { set(lock, entry.claim.owner, until: now + ClaimBook.life) }
        if [nil, entry.claim.text].contains(self[entry.key, at: now]) { set(entry.key, entry.claim.text, until: now + ClaimBook.life) }
    }

    mutating func store(_ picture: Picture, _ rest: ClaimBook.Rest, by agreement: Agreement, at now: Duration) {
        let processed = CoordinationKey.processed(picture.imageID)
        let lines = (self[processed, at: now] ?? "").split(separator: "\n").filter { !$0.hasPrefix(picture.camera.text + " ") }
        let line = ProcessedLines.line(picture.camera, sha256: picture.sha256)
        set(processed, (lines + [line[...]]).joined(separator: "\n"), until: now + agreement.processedTTL)
        let key = CoordinationKey.claim(picture)
        if [nil, rest.entry?.claim.text].contains(self[key, at: now]) {
            set(key, Claim(picture, owner: agreement.owner, isStored: true).text, until: now + agreement.claimExpiry(for: picture))
        }
        if let lock = rest.lock, self[CoordinationKey.lock(lock), at: now] == agreement.owner {
            set(CoordinationKey.lock(lock), nil, until: now)
        }
    }
}

/// The table's own rules (`RecordStatements.lookUp`).
private struct ModelTable {
    struct Row: Equatable {
        let capture: Int
        let picture: Picture
    }

    var rows: [Row] = []

    mutating func write(_ picture: Picture, capture: Int, _ agreement: Agreement) {
        let isAgain = rows.contains { row in
            row.picture.camera == picture.camera && row.picture.sha256 == picture.sha256
                && row.picture.imageIDSource == picture.imageIDSource && agreement.isSameCapture(row.picture.identity, as: picture)
        }
        if !isAgain { rows.append(Row(capture: capture, picture: picture)) }
    }
}

private struct ModelGateway {
    struct Copy {
        enum State { case asking, delivering }
        let capture: Int
        var picture: Picture
        var state = State.asking
    }

    var agreement: Agreement
    var book = ClaimBook()
    var copies: [ParcelID: Copy] = [:]
    var canReachRedis = true
}

private struct GatewayWorld {
    var random: Seeded
    var now = Duration.seconds(1000)
    var redis = ModelRedis()
    var table = ModelTable()
    var gateways: [ModelGateway] = []
    var captures: [Int] = []
    var uploads = 0
    /// Neither gateway nor Redis ever fails, and all are quick.
    let isCalm: Bool
    private var nextParcel: UInt64 = 0
    private var runs = 0

    init(seed: UInt64) {
        random = Seeded(seed)
        isCalm = seed.isMultiple(of: 4)
        for _ in 0..<Int.random(in: 2...3, using: &random) {
            runs += 1
            gateways.append(ModelGateway(agreement: Self.agreement(run: runs)))
        }
    }

    private static func agreement(run: Int) -> Agreement {
        Agreement(owner: "gateway/\(run)", repeatWindow: .seconds(10), processedTTL: .seconds(3600))
    }

    mutating func run() {
        for capture in 0..<20 {
            publish(capture)
            for _ in 0..<Int.random(in: 0...12, using: &random) { step() }
            if isCalm { finish(within: 50) }
        }
        for index in gateways.indices { gateways[index].canReachRedis = true }
        finish(within: 5000)
    }

    private mutating func finish(within most: Int) {
        var rounds = 0
        while gateways.contains(where: { !$0.copies.isEmpty }), rounds < most {
            for index in gateways.indices { act(index) }
            now += .milliseconds(100)
            rounds += 1
        }
    }

    /// Every gateway hears it within a moment of the others. Some scenes are static: every fourth capture has the bytes of the one before.
    private mutating func publish(_ capture: Int) {
        now += .seconds(12)
        captures.append(capture)
        let isNamed = Bool.random(using: &random)
        let content = "\(capture - (capture % 4 == 3 ? 1 : 0))"
        let sha = String(repeating: "0", count: 64 - content.count) + content
        for index in gateways.indices {
            let moment = Timestamp(milliseconds: Int64(now / .milliseconds(1)) + Int64.random(in: 0...2000, using: &random))
            let imageID = isNamed ? "\(capture)" : "uuid-\(index)-\(capture)"
            let picture = Picture(
                camera: CameraUID("cam")!, imageID: imageID, imageIDSource: isNamed ? .camera : .gateway, topic: "", recordedAt: moment,
                size: 1,
                chunks: 1, sha256: sha, contentType: .jpeg, bucket: "b", key: "\(imageID)-\(moment.unixSeconds)")
            nextParcel += 1
            gateways[index].copies[ParcelID(nextParcel)] = .init(capture: capture, picture: picture)
        }
    }

    private mutating func step() {
        now += .milliseconds(Int.random(in: 1...800, using: &random))
        if !isCalm {
            switch Int.random(in: 0..<40, using: &random) {
            case 0: redis.forgetEverything()
            case 1: kill(Int.random(in: gateways.indices, using: &random))
            case 2: gateways[Int.random(in: gateways.indices, using: &random)].canReachRedis.toggle()
            default: break
            }
        }
        if isCalm {
            for index in gateways.indices.shuffled(using: &random) { act(index) }
        } else {
            act(Int.random(in: gateways.indices, using: &random))
        }
    }

    /// It comes back with what it had on its disk, and without what it knew of Redis.
    private mutating func kill(_ index: Int) {
        runs += 1
        gateways[index].agreement = Self.agreement(run: runs)
        gateways[index].book = ClaimBook()
        for parcel in gateways[index].copies.keys { gateways[index].copies[parcel]?.state = .asking }
    }

    private mutating func act(_ index: Int) {
        if gateways[index].canReachRedis {
            for entry in gateways[index].book.dueRenewals(most: 100, now: Instant(sinceBoot: now)) { redis.renew(entry, at: now) }
        }
        for parcel in gateways[index].copies.keys.sorted(by: { $0.number < $1.number }) {
            guard let copy = gateways[index].copies[parcel] else { continue }
            switch copy.state {
            case .asking: ask(index, parcel, copy)
            case .delivering: if isCalm || Bool.random(using: &random) { deliver(index, parcel, copy) }
            }
        }
    }

    private mutating func ask(_ index: Int, _ parcel: ParcelID, _ copy: ModelGateway.Copy) {
        guard gateways[index].canReachRedis else {
            gateways[index].copies[parcel]?.state = .delivering
            return
        }
        let picture = copy.picture
        if gateways[index].book.isTaken(picture, but: parcel) { return }
        let key = CoordinationKey.claim(picture)
        let view = CoordinationView(
            claim: redis[key, at: now], processed: redis[CoordinationKey.processed(picture.imageID), at: now],
            lock: redis[CoordinationKey.lock(picture.imageID), at: now])
        switch gateways[index].agreement.step(for: picture, seeing: view) {
        case .stored: gateways[index].copies[parcel] = nil
        case .adopt(let identity): gateways[index].copies[parcel]?.picture.adopt(identity)
        case .wait: break
        case .alone: gateways[index].copies[parcel]?.state = .delivering
        case .claim(let claim, let expected):
            if redis.take(key, expecting: expected, claim, at: now) {
                gateways[index].book.took(claim, of: picture, for: parcel, now: Instant(sinceBoot: now))
                gateways[index].copies[parcel]?.state = .delivering
            }
        }
    }

    private mutating func deliver(_ index: Int, _ parcel: ParcelID, _ copy: ModelGateway.Copy) {
        uploads += 1
        table.write(copy.picture, capture: copy.capture, gateways[index].agreement)
        let rest = gateways[index].book.left(parcel)
        if gateways[index].canReachRedis { redis.store(copy.picture, rest, by: gateways[index].agreement, at: now) }
        gateways[index].copies[parcel] = nil
    }
}
