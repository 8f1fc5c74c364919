/// Room for one message's chunk, behind the last byte of the capture it may continue.
struct Staging {
    let camera: CameraID
    let imageID: String?
    let room: Int
    /// The capture in whose last slab the room begins, while it does.
    var joined: CaptureID?
    /// Where it begins in its first slab.
    var offset: Int
    /// Slabs of its own; without `joined` the first of them is the first.
    var fresh: SlabChain
}

/// What `stage` can answer.
package enum Room: Equatable, Sendable {
    case granted
    /// Not before a picture in delivery is released: stop reading, acknowledge nothing.
    case full
    /// Never: larger than the pool.
    case tooLarge
}

extension Assembler {
    /// Reserves room for one chunk of at most `room` bytes, to be decoded into `stagedRegion(of:)`. Then `accept` or `discard` it.
    /// Changes no capture, unless the pool is so small that not even this message fits beside them.
    /// - Parameter index: of the chunk, as the message says.
    package mutating func stage(_ camera: CameraIndex, imageID: String?, index: Int, room: Int, now: Instant) -> Room {
        discard()
        let record = camera.record
        if SlabPool.slabs(for: room) > pool.count { return .tooLarge }
        while true {
            let capture = openCapture(of: record, imageID: imageID)
            if reserveRoom(room, behind: mayJoin(record, index) ? capture : nil, camera: record, imageID: imageID) { return .granted }
            guard giveUpOne(for: record, sparing: capture, now: now) else { return .full }
        }
    }

    /// Whether the chunk can only become part of the capture that is open. With a first one another may begin beside that, and there
    /// may be others beside it already.
    private func mayJoin(_ camera: CameraID, _ index: Int) -> Bool {
        index > 0 && cameras[camera].waiting.isEmpty && elder(of: camera) == nil
    }

    /// False when there are not enough free slabs.
    mutating func reserveRoom(_ room: Int, behind capture: CaptureID?, camera: CameraID, imageID: String?) -> Bool {
        var (joined, offset): (CaptureID?, Int) = (nil, 0)
        if let capture, captures[capture].chain.count > 0, captures[capture].chain.used < SlabPool.slabSize {
            (joined, offset) = (capture, captures[capture].chain.used)
        }
        let behind = joined == nil ? 0 : SlabPool.slabSize - offset
        let slabs = joined == nil ? max(1, SlabPool.slabs(for: room)) : SlabPool.slabs(for: max(0, room - behind))
        guard slabs <= pool.free else { return false }
        staging = Staging(camera: camera, imageID: imageID, room: room, joined: joined, offset: offset, fresh: pool.take(slabs))
        describeRoom(behind: behind)
        return true
    }

    /// The room of the staged chunk. Let go of it before the next `stage`, which writes its list anew in the same storage.
    package func stagedRegion<Memory: SlabMemory>(of memory: Memory) -> PoolRegion<Memory> { PoolRegion(stagedRoom, of: memory) }

    /// Gives the staged room back: the message was refused, and it is as if it had never come.
    package mutating func discard() {
        guard let staging else { return }
        pool.give(staging.fresh)
        self.staging = nil
    }

    mutating func describeRoom(behind: Int) {
        guard let staging else { return }
        stagedRoom.removeAll(keepingCapacity: true)
        let joined = min(behind, staging.room)
        if let capture = staging.joined {
            pool.describe(captures[capture].chain.last, offset: staging.offset, bytes: joined, in: &stagedRoom)
        }
        if staging.room > joined { pool.describe(staging.fresh.first, offset: 0, bytes: staging.room - joined, in: &stagedRoom) }
    }

    /// Makes the first `bytes` of the staged room part of `capture`, behind what it has, and gives back the rest.
    /// - Precondition: something is staged, with that much room; where it is joined, then to `capture`.
    mutating func commit(_ bytes: Int, to capture: CaptureID) -> (slab: UInt32, offset: Int) {
        guard let staging else { return (SlabPool.none, 0) }
        precondition(bytes <= staging.room, "a chunk longer than its room")
        let isJoined = staging.joined != nil
        let slabs = max(1, SlabPool.slabs(for: staging.offset + bytes))
        var fresh = staging.fresh
        pool.give(pool.cut(&fresh, keeping: isJoined ? slabs - 1 : slabs))
        let first = isJoined ? captures[capture].chain.last : fresh.first
        pool.append(fresh, to: &captures[capture].chain)
        captures[capture].chain.used = staging.offset + bytes - (slabs - 1) * SlabPool.slabSize
        charge(fresh.count, to: captures[capture].camera)
        self.staging = nil
        return (first, staging.offset)
    }

    /// Takes the slab in which the staged room begins out of its capture's chain, which is about to be freed or cut.
    mutating func detachStaging(from capture: CaptureID) {
        guard var staging, staging.joined == capture else { return }
        var first = pool.cut(&captures[capture].chain, keeping: captures[capture].chain.count - 1)
        captures[capture].chain.used = SlabPool.slabSize
        charge(-1, to: captures[capture].camera)
        pool.append(staging.fresh, to: &first)
        staging.fresh = first
        staging.joined = nil
        self.staging = staging
    }

    mutating func charge(_ slabs: Int, to camera: CameraID) {
        cameras[camera].slabs += slabs
        if cameras[camera].slabs * 2 > pool.count { largestHolder = camera }
    }

    /// Frees all slabs of an open capture.
    mutating func freeSlabs(of capture: CaptureID) {
        detachStaging(from: capture)
        charge(-captures[capture].chain.count, to: captures[capture].camera)
        pool.give(captures[capture].chain)
        captures[capture].chain = SlabChain()
    }
}
