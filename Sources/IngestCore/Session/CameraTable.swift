/// All cameras that are known, the least recently heard first. Bounded twice: in cameras, and in messages that their rings hold.
struct CameraTable {
    private var records: [Camera] = []
    private var index: [CameraUID: Int] = [:]
    private var vacant: [Int] = []
    private var oldest = -1
    private var newest = -1
    var count: Int { index.count }
    /// Entries of all rings.
    private(set) var remembered = 0

    subscript(record: Int) -> Camera {
        _read { yield records[record] }
        _modify { yield &records[record] }
    }

    func find(_ uid: CameraUID) -> Int? { index[uid] }

    func isKnown(_ camera: CameraIndex) -> Bool {
        records.indices.contains(camera.record) && records[camera.record].isKnown && records[camera.record].generation == camera.generation
    }

    mutating func add(_ uid: CameraUID) -> Int {
        let record: Int
        if let used = vacant.popLast() {
            let generation = records[used].generation &+ 1
            records[used] = Camera(uid: uid)
            records[used].generation = generation
            record = used
        } else {
            record = records.count
            records.append(Camera(uid: uid))
        }
        index[uid] = record
        link(record)
        return record
    }

    mutating func heard(_ record: Int) {
        guard record != newest else { return }
        unlink(record)
        link(record)
    }

    /// Enters a message in the camera's history.
    mutating func remember(_ message: CameraMemory.Message, isNews: Bool, isStray: Bool, of record: Int, capacity: Int) {
        let before = records[record].history.count
        records[record].history.remember(message, isNews: isNews, isStray: isStray, capacity: capacity)
        remembered += records[record].history.count - before
    }

    mutating func replace(_ history: MessageHistory, of record: Int) {
        remembered += history.count - records[record].history.count
        records[record].history = history
    }

    /// The least recently heard camera that has nothing open or in delivery, other than `busy`.
    func leastRecentlyHeard(idle: Bool, but busy: Int) -> Int? {
        var record = oldest
        while record >= 0 {
            if record != busy && (!idle || records[record].isIdle) { return record }
            record = records[record].newer
        }
        return nil
    }

    /// Each that is known, the least recently heard first.
    func forEach(_ body: (Int) -> Void) {
        var record = oldest
        while record >= 0 {
            body(record)
            record = records[record].newer
        }
    }

    mutating func forget(_ record: Int) {
        unlink(record)
        index[records[record].uid] = nil
        remembered -= records[record].history.count
        records[record].history = MessageHistory()
        records[record].isKnown = false
        if records[record].inDelivery == 0 { vacant.append(record) }
    }

    /// A picture of it is on its way. Until that has ended the record is nobody else's, though its camera be forgotten.
    mutating func delivers(_ record: Int) { records[record].inDelivery += 1 }

    mutating func delivered(_ record: Int) {
        records[record].inDelivery -= 1
        if !records[record].isKnown, records[record].inDelivery == 0 { vacant.append(record) }
    }

    private mutating func link(_ record: Int) {
        records[record].older = newest
        records[record].newer = -1
        if newest >= 0 { records[newest].newer = record } else { oldest = record }
        newest = record
    }

    private mutating func unlink(_ record: Int) {
        let (older, newer) = (records[record].older, records[record].newer)
        if older >= 0 { records[older].newer = newer } else { oldest = newer }
        if newer >= 0 { records[newer].older = older } else { newest = older }
    }
}
