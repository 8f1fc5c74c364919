/// Where the record of a capture is.
struct CaptureID: Hashable {
    let record: Int
}

/// The captures that are open, wait or are being delivered. Records are used again, arrays and all.
struct CaptureTable {
    private var records: [Capture] = []
    private var vacant: [CaptureID] = []
    private var lists: InlineArray<4, CaptureList> = [CaptureList(), CaptureList(), CaptureList(), CaptureList()]
    /// Never used twice.
    var nextSerial: UInt64 = 1
    private var touches: UInt64 = 0

    subscript(id: CaptureID) -> Capture {
        _read { yield records[id.record] }
        _modify { yield &records[id.record] }
    }

    /// All that are no vacant records.
    var all: [CaptureID] { records.indices.map(CaptureID.init).filter { self[$0].state != .vacant } }

    func handle(of id: CaptureID) -> CaptureHandle { CaptureHandle(serial: records[id.record].serial, record: id) }

    func find(_ handle: CaptureHandle) -> CaptureID? {
        let id = handle.record
        guard records.indices.contains(id.record), self[id].serial == handle.serial, self[id].state != .vacant else { return nil }
        return id
    }

    /// An open capture of `total` chunks, none of which has come.
    mutating func add(camera: CameraID, total: Int) -> CaptureID {
        let id = vacant.popLast() ?? CaptureID(record: records.count)
        if id.record == records.count { records.append(Capture()) }
        var (pages, echoOf) = (self[id].pages, self[id].echoOf)
        self[id] = Capture()
        echoOf.removeAll(keepingCapacity: true)
        pages.removeAll(keepingCapacity: true)
        for _ in 0..<SlotTable.pages(for: total) { pages.append(SlotTable.none) }
        (self[id].pages, self[id].echoOf) = (pages, echoOf)
        (self[id].camera, self[id].total, self[id].state) = (camera, total, .open)
        self[id].serial = nextSerial
        nextSerial += 1
        return id
    }

    /// Its record is free for another one.
    mutating func recycle(_ id: CaptureID) {
        self[id].state = .vacant
        self[id].layout = nil
        self[id].imageID = ""
        vacant.append(id)
    }

    // MARK: The order in which they were touched

    func oldest(_ kind: CaptureList.Kind) -> CaptureID? { lists[kind.rawValue].oldest }
    func newest(_ kind: CaptureList.Kind) -> CaptureID? { lists[kind.rawValue].newest }

    /// The least recently touched one of a kind that is as asked for.
    func oldest(_ kind: CaptureList.Kind, where isMeant: (CaptureID) -> Bool) -> CaptureID? {
        var next = oldest(kind)
        while let id = next, !isMeant(id) { next = self[id].newer }
        return next
    }

    mutating func touch(_ id: CaptureID, at ticks: Int64) {
        touches += 1
        (self[id].touched, self[id].touchOrder) = (ticks, touches)
        let kind = self[id].list
        guard newest(kind) != id else { return }
        unlink(id)
        link(id, in: kind)
    }

    mutating func move(_ id: CaptureID, to kind: CaptureList.Kind) {
        guard self[id].list != kind else { return }
        unlink(id)
        link(id, in: kind)
    }

    mutating func link(_ id: CaptureID, in kind: CaptureList.Kind) {
        let newest = newest(kind)
        (self[id].list, self[id].older, self[id].newer) = (kind, newest, nil)
        if let newest { self[newest].newer = id } else { lists[kind.rawValue].oldest = id }
        lists[kind.rawValue].newest = id
    }

    mutating func unlink(_ id: CaptureID) {
        let (kind, older, newer) = (self[id].list.rawValue, self[id].older, self[id].newer)
        if let older { self[older].newer = newer } else { lists[kind].oldest = newer }
        if let newer { self[newer].older = older } else { lists[kind].newest = older }
    }
}

/// Captures of one kind, the least recently touched first. The links are in the captures.
struct CaptureList {
    enum Kind: Int, CaseIterable { case sessions, named, echoes, waiting }
    var oldest: CaptureID?
    var newest: CaptureID?
}
