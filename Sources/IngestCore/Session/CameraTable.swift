/// All cameras that are known, the least recently heard first. Bounded twice: in cameras, and in messages that their rings hold.
struct CameraTable {
    private var records: [Camera] = []
    private var index: [CameraUID: CameraID] = [:]
    private var vacant: [CameraID] = []
    private var oldest: CameraID?
    private var newest: CameraID?
    var count: Int { index.count }
    /// Entries of all rings.
    private(set) var remembered = 0

    subscript(id: CameraID) -> Camera {
        _read { yield records[id.record] }
        _modify { yield &records[id.record] }
    }

    func find(_ uid: CameraUID) -> CameraID? { index[uid] }

    func isKnown(_ camera: CameraIndex) -> Bool {
        records.indices.contains(camera.record.record) && self[camera.record].isKnown && self[camera.record].generation == camera.generation
    }

    mutating func add(_ uid: CameraUID) -> CameraID {
        let record: CameraID
        if let used = vacant.popLast() {
            let generation = self[used].generation &+ 1
            self[used] = Camera(uid: uid)
            self[used].generation = generation
            record = used
        } else {
            record = CameraID(record: records.count)
            records.append(Camera(uid: uid))
        }
        index[uid] = record
        link(record)
        return record
    }

    mutating func heard(_ record: CameraID) {
        guard record != newest else { return }
        unlink(record)
        link(record)
    }

    /// Enters a message in the camera's history.
    mutating func remember(_ message: CameraMemory.Message, isNews: Bool, isStray: Bool, of record: CameraID, capacity: Int) {
        let before = self[record].history.count
        self[record].history.remember(message, isNews: isNews, isStray: isStray, capacity: capacity)
        remembered += self[record].history.count - before
    }

    mutating func replace(_ history: MessageHistory, of record: CameraID) {
        remembered += history.count - self[record].history.count
        self[record].history = history
    }

    /// The least recently heard camera that has nothing open or in delivery, or any one; other than `busy`.
    func leastRecentlyHeard(idle: Bool, but busy: CameraID? = nil) -> CameraID? {
        var next = oldest
        while let record = next {
            if record != busy && (!idle || self[record].isIdle) { return record }
            next = self[record].newer
        }
        return nil
    }

    /// Each that is known, the least recently heard first.
    func forEach(_ body: (CameraID) -> Void) {
        var next = oldest
        while let record = next {
            body(record)
            next = self[record].newer
        }
    }

    mutating func forget(_ record: CameraID) {
        unlink(record)
        index[self[record].uid] = nil
        remembered -= self[record].history.count
        self[record].history = MessageHistory()
        self[record].isKnown = false
        if self[record].inDelivery == 0 { vacant.append(record) }
    }

    /// A picture of it is on its way. Until that has ended the record is nobody else's, though its camera be forgotten.
    mutating func delivers(_ record: CameraID) { self[record].inDelivery += 1 }

    mutating func delivered(_ record: CameraID) {
        self[record].inDelivery -= 1
        if !self[record].isKnown, self[record].inDelivery == 0 { vacant.append(record) }
    }

    private mutating func link(_ record: CameraID) {
        self[record].older = newest
        self[record].newer = nil
        if let newest { self[newest].newer = record } else { oldest = record }
        newest = record
    }

    private mutating func unlink(_ record: CameraID) {
        let (older, newer) = (self[record].older, self[record].newer)
        if let older { self[older].newer = newer } else { oldest = newer }
        if let newer { self[newer].older = older } else { newest = older }
    }
}
