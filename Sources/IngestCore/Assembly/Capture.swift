/// What the assembly knows of one capture.
struct Capture {
    enum State {
        case vacant, open
        /// All of its chunks came, some of them in doubt.
        case waiting
        case complete
    }

    var state = State.vacant
    /// Never used twice; tells this capture from the next one in the same record.
    var serial: UInt64 = 0
    var camera = CameraID(record: 0)
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
    /// A journal has all of its chunks.
    var isJournaled = false
    /// Slots that were forgotten since the journal was told last.
    var dropped: [ClosedRange<Int>] = []
    /// Slots with marks: how many of each, and among which slots they are.
    var marks = MarkCounts()
    /// While chunks are doubtful: the last message before, in its camera's history. While all of it was told before: where that is.
    var past = -1
    /// Of an older session that chunks of its successor may have gone to: those whose own the successor is still to get.
    var needs: [Int] = []
    var successor: UInt64 = 0
    /// Of a session: a younger one has begun beside it.
    var isElder = false
    var isToldInDoubt = false
    /// It stands back while its camera tells the past again.
    var isRewound = false
    /// Every chunk so far is one of a picture that was complete before.
    var isEcho = false
    /// The captures that all of its chunks were part of before, by their tags in the camera's history.
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
    var older: CaptureID?
    var newer: CaptureID?

    var isNamed: Bool { source == .camera }
    /// Open, or waiting for the end of a doubt.
    var isOpen: Bool { state == .open || state == .waiting }
    var isWhole: Bool { kept == total }
    /// It is whole, and waits for other bytes that may be its own: it names itself as the one that has them.
    var isSuspect: Bool { !needs.isEmpty && successor == serial }
    /// Some of its chunks may be another capture's.
    var isInDoubt: Bool { marks.doubtful > 0 || !needs.isEmpty || isContested || marks.ahead > 0 && state == .waiting }
    /// Of a session: another chunk than one of its own was told again straight after that.
    var isContested: Bool { !isNamed && marks.again > 0 }
}

/// How many slots of a capture have which mark.
struct MarkCounts {
    var doubtful = 0
    var ahead = 0
    var again = 0
    var inherited = 0

    var isEmpty: Bool { doubtful + ahead + again + inherited == 0 }

    mutating func change(_ marks: Slot.Mark, by sign: Int) {
        if marks.isEmpty { return }
        if marks.contains(.doubtful) { doubtful += sign }
        if marks.contains(.ahead) { ahead += sign }
        if marks.contains(.again) { again += sign }
        if marks.contains(.inherited) { inherited += sign }
    }
}
