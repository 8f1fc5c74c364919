/// What the assembly knows of one capture. Records are used again, arrays and all.
struct Capture {
    enum State { case vacant, open, complete }

    var state = State.vacant
    /// Never used twice; tells this capture from the next one in the same record.
    var serial: UInt64 = 0
    var camera = 0
    /// The camera's name for it, or the session's.
    var imageID = ""
    var source = ImageIDSource.gateway
    /// Stands for the camera's name in the camera's ring; 0 for a session.
    var idHash: UInt64 = 0
    /// Stands for this capture in the camera's ring.
    var tag: UInt16 = 0
    var total = 0
    /// One for each 16 slots; `SlotTable.none` where none of them has come.
    var pages: [UInt32] = []
    /// Slots whose chunk has come.
    var received = 0
    /// Slots whose bytes are kept, how many of these are in memory, and how many bytes they are.
    var kept = 0
    var loaded = 0
    var bytes = 0
    var chain = SlabChain()
    /// Chunks lie in the chain in another order than they came.
    var reordered = false
    /// Of a session: the chunk that continues the run; 0 while there is none, and only chunk 0 can help.
    var runNext = 0
    /// Of a session: the connection in which its run began.
    var runConnection = 0
    /// Of a session: the first of the chunks that may be the broker's repeats of an older capture's, as long as it repeats.
    var doubtful: Int?
    /// Slots from here on were forgotten, since the journal was told last.
    var cut: Int?
    /// Every chunk so far is one of a picture that was complete before.
    var isEcho = false
    /// Of a named capture: the captures that all of its chunks were part of before, by their tags in the ring.
    var echoOf: [UInt16] = []
    /// Its end has been told already, or it never can be complete: nothing of it is kept.
    var isReported = false
    var isDoomed = false
    var openedAt = Instant(sinceBoot: .zero)
    /// When its run began, and when it was complete, on the connected clock.
    var runStarted: Int64 = 0
    var completed: Int64 = 0
    /// When a chunk last came, on the connected clock.
    var touched: Int64 = 0
    /// Higher than that of every capture touched before.
    var touchOrder: UInt64 = 0
    var layout: PictureLayout?

    var list = CaptureList.Kind.sessions
    var older = -1
    var newer = -1

    var isNamed: Bool { source == .camera }
    var isWhole: Bool { kept == total && doubtful == nil }
}

/// Captures of one kind, the least recently touched first. The links are in the captures.
struct CaptureList {
    enum Kind: Int, CaseIterable { case sessions, named, echoes }
    var oldest = -1
    var newest = -1
}
