/// What version 1.0 wrote, which may lie in a journal that this version starts on.
///
/// ```
/// chunk       capture 8, digest 8, touched 8, run started 8, arrived 8, shape head 4 and middle 4, paddings and rest 1,
///             flags 1 (1 kept, 2 named, 4 echo, 8 reported, 16 doomed, 32 remembered, 64 packet identifier, 128 one byte more),
///             lengths of uid, topic, image id 3*2, index 4, total 4, run next 4, length of data 4, tag 2, number of echo tags 2,
///             doubtful 4, cut 4 (all ones for none), uid, topic, image id, echo tags, packet identifier 2, more flags 1, data
/// succeeded   old capture 8, new capture 8, chunks inherited 4
/// arrival     key 8, tag 2, fate 1, length of uid 2, uid, packet identifier 2
/// camera      messages 8, next tag 2, length of uid 2, entries of the history 4, finished pictures 4, uid, per entry key 8, tag 2,
///             fate 1 and (not at first) packet identifier 2, per picture as now
/// ```
extension JournalRecord {
    static func succeeded(_ fields: inout JournalFields) -> Self? {
        let (old, new, inherited) = (fields.number(UInt64.self), fields.number(UInt64.self), Int(fields.number(UInt32.self)))
        guard fields.isAtEnd, old < new, new < JournalFormat.mostCaptures, inherited <= JournalFormat.mostChunks else { return nil }
        return .succeeded(old: old, new: new, inherited: inherited)
    }

    static func formerArrival(_ fields: inout JournalFields) -> Self? {
        let (key, tag, fate) = (fields.number(UInt64.self), fields.number(UInt16.self), fields.number(UInt8.self))
        let camera = CameraUID(fields.text(fields.length()))
        let packet: UInt16 = fields.left > 0 ? fields.number() : 0
        guard let camera, fields.isAtEnd, MessageHistory.Fate(rawValue: fate) != nil else { return nil }
        let message = CameraMemory.Message(key: key, tag: tag, fate: fate, packet: packet)
        return .arrival(camera, Remembered(message, flags: 2, heard: 0))
    }
}

extension JournaledChunk {
    init?(former fields: inout JournalFields) {
        capture = fields.number()
        digest = fields.number()
        state = CaptureState()
        let (touched, runStarted, moment) = (fields.ticks(), fields.ticks(), fields.moment())
        guard let touched, let runStarted, let moment else { return nil }
        (state.touched, state.runStarted, arrived) = (touched, runStarted, moment)
        let (head, middle) = (Int(fields.number(UInt32.self)), Int(fields.number(UInt32.self)))
        let small = Int(fields.number(UInt8.self))
        shape = ChunkShape(head: head, headPadding: small & 3, middle: middle, rest: small >> 2 & 3, restPadding: small >> 4 & 3)
        let flags = fields.number(UInt8.self)
        isKept = flags & 1 != 0
        source = flags & 2 != 0 ? .camera : .gateway
        state.isEcho = flags & 4 != 0
        state.isReported = flags & 8 != 0
        state.isDoomed = flags & 16 != 0
        let (uid, topic, imageID) = (fields.length(), fields.length(), fields.length())
        index = Int(fields.number(UInt32.self))
        total = Int(fields.number(UInt32.self))
        state.runNext = Int(fields.number(UInt32.self))
        let dataCount = Int(fields.number(UInt32.self))
        state.tag = fields.number()
        let echoes = fields.length()
        let (doubtful, cut) = (Int(fields.number(UInt32.self)), Int(fields.number(UInt32.self)))
        guard let camera = CameraUID(fields.text(uid)) else { return nil }
        self.camera = camera
        self.topic = fields.text(topic)
        self.imageID = fields.text(imageID)
        for _ in 0..<echoes { state.echoOf.append(fields.number()) }
        packet = flags & 64 != 0 ? fields.number() : 0
        state.keepsNothing = flags & 128 != 0 ? fields.number(UInt8.self) & 1 != 0 : source == .gateway && state.runNext == 0
        data = fields.position..<fields.position + dataCount
        guard fields.isAtEnd, isInRange, dataCount == (isKept ? shape.storedBytes : 0) else { return nil }
        if cut < JournalFormat.mostChunks { state.dropped = [cut...JournalFormat.mostChunks - 1] }
        // A chunk 0 that comes again drops them, and news makes them its own.
        if doubtful < state.runNext { (state.doubtful, state.past) = (Array(doubtful..<state.runNext), .max >> 2) }
        state.isWhole = state.doubtful.isEmpty && (source == .camera || state.runNext == total)
        if flags & 32 != 0 { remembered = Remembered(message, flags: 2, heard: touched) }
    }
}

extension JournaledMemory {
    init?(former fields: inout JournalFields) {
        guard let messages = fields.count() else { return nil }
        let nextTag = fields.number(UInt16.self)
        let uid = fields.length()
        let (entries, pictures) = (Int(fields.number(UInt32.self)), Int(fields.number(UInt32.self)))
        let hasPackets = fields.left == uid + entries * 13 + pictures * 56
        guard hasPackets || fields.left == uid + entries * 11 + pictures * 56, let camera = CameraUID(fields.text(uid)) else { return nil }
        self.init(camera: camera)
        self.nextTag = nextTag
        var entered: [CameraMemory.Message] = []
        for _ in 0..<entries {
            let (key, tag, fate) = (fields.number(UInt64.self), fields.number(UInt16.self), fields.number(UInt8.self))
            guard MessageHistory.Fate(rawValue: fate) != nil else { return nil }
            entered.append(CameraMemory.Message(key: key, tag: tag, fate: fate, packet: hasPackets ? fields.number() : 0))
        }
        history = MessageHistory(entered, end: messages, pending: [], reading: nil, capacity: entries)
        guard let finished = fields.finished(pictures) else { return nil }
        self.finished = finished
    }
}
