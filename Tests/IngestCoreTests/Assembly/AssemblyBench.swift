@testable import IngestCore

/// A pool in ordinary memory, for tests.
final class ArrayMemory: SlabMemory {
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ count: Int) {
        bytes = .allocate(capacity: count)
        bytes.initialize(repeating: 0xee)
    }

    deinit { bytes.deallocate() }

    var byteCount: Int { bytes.count }

    func withBytes<R, E: Error>(_ range: Range<Int>, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        var piece = MutableSpan(_unsafeElements: bytes.extracting(range))
        return try body(&piece)
    }

    func read(_ extents: [Extent]) -> [UInt8] { extents.flatMap { bytes[$0.range] } }
}

/// A generator that a failing test can print and a fixed one can replay (Steele, Lea, Flood 2014).
struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// A picture that the assembly handed over, and what was judged of it.
struct StoredPicture: Equatable {
    let camera: String
    let imageID: String
    let bytes: [UInt8]
    let verdict: Verdict
}

/// Plays chunks to an assembler as the intake does, keeps what comes out, and checks after each step what must always hold.
final class AssemblyBench {
    var assembler: Assembler
    let memory: ArrayMemory
    var now = Instant(sinceBoot: .seconds(1000))
    var pictures: [StoredPicture] = []
    var abandoned: [AbandonedCapture] = []
    /// Pictures that waited for the end of a doubt and are complete now.
    var confirmed: [CaptureHandle] = []
    /// How often chunks were in doubt, and how often they turned out to be a capture's own.
    private(set) var doubts = 0
    private(set) var owned = 0
    var duplicates = 0
    /// Complete captures that are kept, as if they were being delivered.
    var inDelivery: [CaptureHandle] = []
    var keepsDeliveries = false
    /// False where a world sees to it.
    var finishesConfirmed = true

    init(_ limits: Assembler.Limits = Assembler.Limits(), seed: UInt64 = 1) {
        assembler = Assembler(limits, random: Seeded(seed))
        memory = ArrayMemory(limits.pool)
    }

    convenience init(_ change: (inout Assembler.Limits) -> Void) {
        var limits = Assembler.Limits()
        limits.pool = 1 << 20
        limits.maxMessage = 64 << 10
        change(&limits)
        self.init(limits)
    }

    var stored: [[UInt8]] { pictures.filter { $0.verdict == .new }.map(\.bytes) }
    var repeated: Int { pictures.count { $0.verdict == .repeated } }
    var incomplete: [Abandonment] { abandoned.filter(\.counts).map(\.reason) }

    func camera(_ uid: String) -> CameraIndex {
        assembler.camera(for: CameraUID(uid)!, now: now)
    }

    @discardableResult
    func send(
        _ uid: String = "cam", _ imageID: String? = nil, _ index: Int, of total: Int, _ bytes: [UInt8], room: Int? = nil
    ) -> Outcome {
        let outcome = accept(uid, imageID, index, of: total, bytes, room: room)
        finishConfirmed()
        finish(outcome)
        return outcome
    }

    func accept(
        _ uid: String, _ imageID: String?, _ index: Int, of total: Int, _ bytes: [UInt8], room: Int? = nil, packet: UInt16 = 0
    ) -> Outcome {
        defer { takeEvents() }
        guard stage(uid, imageID, room ?? bytes.count, bytes, index: index) == .granted else { return Outcome(disposition: .full) }
        let outcome = assembler.accept(
            index: index, total: total, shape: ChunkShape(middle: bytes.count), digest: Self.digest(bytes), packet: packet, now: now)
        duplicates += outcome.isRepeat ? 1 : 0
        return outcome
    }

    /// Hands a complete picture on.
    func finish(_ outcome: Outcome) {
        if outcome.completed, let handle = outcome.capture { finish(handle) }
    }

    func replaceAssembler(_ limits: Assembler.Limits) {
        assembler = Assembler(limits, random: Seeded(UInt64(pictures.count)))
        inDelivery = []
        abandoned = []
        confirmed = []
    }

    func stage(_ uid: String, _ imageID: String?, _ room: Int, _ bytes: [UInt8], index: Int = 0) -> Room {
        let staged = assembler.stage(camera(uid), imageID: imageID, index: index, room: room, now: now)
        guard staged == .granted else { return staged }
        var region = assembler.stagedRegion(of: memory)
        write(bytes, to: &region)
        return .granted
    }

    func write(_ bytes: [UInt8], to region: inout PoolRegion<ArrayMemory>) {
        var offset = 0
        while offset < bytes.count {
            offset += region.withPiece(at: offset) { piece in
                let count = min(piece.count, bytes.count - offset)
                bytes.withUnsafeBytes { source in
                    piece.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count])) }
                }
                return count
            }
        }
    }

    /// A text such as `"A0 A1 B0"`, each picture of `total` chunks: letters are pictures, equal letters equal bytes.
    func play(_ text: String, total: Int = 4, id: String? = nil, camera: String = "cam") {
        for word in text.split(separator: " ") {
            let index = Int(word.dropFirst())!
            send(camera, id, index, of: total, Self.chunk(word.first!, index))
        }
    }

    static func chunk(_ letter: Character, _ index: Int) -> [UInt8] { Array("\(letter)\(index)".utf8) }
    static func picture(_ letter: Character, _ total: Int = 4) -> [UInt8] { (0..<total).flatMap { chunk(letter, $0) } }

    static func digest(_ bytes: [UInt8]) -> UInt64 {
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return digest ^ digest >> 29
    }

    /// No SHA-256 is at hand here; any digest of 32 bytes serves.
    static func checksum(_ bytes: [UInt8]) -> Checksum {
        var words = Seeded(digest(bytes))
        let digest = (0..<4).flatMap { _ in withUnsafeBytes(of: words.next()) { Array($0) } }
        return Checksum(digest.span)
    }

    func wait(_ seconds: Double) {
        now = now + .seconds(seconds)
        assembler.expire(now: now)
        takeEvents()
        if finishesConfirmed { finishConfirmed() }
    }

    func finishConfirmed() {
        for handle in confirmed { finish(handle) }
        confirmed = []
    }

    func releaseAll() {
        for handle in inDelivery { assembler.release(handle) }
        inDelivery = []
    }

    func takeEvents() {
        for event in assembler.events {
            switch event {
            case .abandoned(let gone): abandoned.append(gone)
            case .confirmed(let handle): confirmed.append(handle)
            case .doubtBegan: doubts += 1
            case .doubtEnded(_, let areOwn): owned += areOwn ? 1 : 0
            case .unloaded: break
            }
        }
        assembler.events.removeAll(keepingCapacity: true)
    }

    func finish(_ handle: CaptureHandle) {
        guard let complete = assembler.complete(handle), let layout = complete.layout else { return }
        let bytes = memory.read(layout.extents)
        let verdict = assembler.verdict(on: handle, checksum: Self.checksum(bytes))
        pictures.append(StoredPicture(camera: complete.camera.text, imageID: complete.imageID, bytes: bytes, verdict: verdict))
        if keepsDeliveries { inDelivery.append(handle) } else { assembler.release(handle) }
    }

    /// Every slab is free or in one chain, and every count is true.
    func checkInvariants(_ note: @autoclosure () -> String = "") {
        let problems = assembler.problems()
        require(problems.isEmpty, "\(problems.joined(separator: "; ")) \(note())")
    }
}

extension Assembler {
    /// What does not hold though it must.
    func problems() -> [String] {
        var problems: [String] = []
        var seen = Set<UInt32>()
        var slabs = 0
        func walk(_ chain: SlabChain, _ name: String) {
            var slab = chain.first
            for place in 0..<chain.count {
                if !seen.insert(slab).inserted { problems.append("slab \(slab) of \(name) is in two chains") }
                if place == chain.count - 1, slab != chain.last { problems.append("\(name) does not end where it should") }
                slab = pool.slab(after: slab)
            }
            slabs += chain.count
        }
        var delivery = 0
        var open = 0
        var pages = 0
        var held: [CameraID: Int] = [:]
        var doubts = 0
        for index in captures.all {
            let capture = captures[index]
            walk(capture.chain, "capture \(index.record)")
            pages += capture.pages.count { $0 != SlotTable.none }
            if capture.state == .complete {
                delivery += capture.chain.count
            } else {
                open += 1
                held[capture.camera, default: 0] += capture.chain.count
                var (seen, kept, loaded, bytes) = (0, 0, 0, 0)
                for place in 0..<capture.total {
                    let slot = slot(index, place)
                    seen += slot.isSeen ? 1 : 0
                    kept += slot.isKept ? 1 : 0
                    loaded += slot.isLoaded ? 1 : 0
                    bytes += slot.isKept ? slot.shape.storedBytes : 0
                }
                doubts += capture.isInDoubt ? 1 : 0
                if (seen, kept, loaded, bytes) != (capture.received, capture.kept, capture.loaded, capture.bytes) {
                    problems.append("capture \(index.record) miscounts its slots")
                }
                if capture.kept == 0, capture.chain.count > 0 { problems.append("capture \(index.record) holds slabs for nothing") }
            }
        }
        if let staging { walk(staging.fresh, "staging") }
        if slabs + pool.free != pool.count { problems.append("\(slabs) slabs used + \(pool.free) free != \(pool.count)") }
        if delivery != slabsInDelivery { problems.append("\(slabsInDelivery) slabs in delivery, not \(delivery)") }
        if doubts != capturesInDoubt { problems.append("\(capturesInDoubt) captures in doubt, not \(doubts)") }
        if open != inProgress { problems.append("\(inProgress) captures in progress, not \(open)") }
        if pages != table.pagesInUse || table.pagesInUse > table.mostPages { problems.append("pages: \(table.pagesInUse), not \(pages)") }
        for (camera, slabs) in held where cameras[camera].slabs != slabs { problems.append("camera \(camera.record) is charged wrongly") }
        if cameras.count > limits.cameras { problems.append("\(cameras.count) cameras") }
        return problems
    }
}
