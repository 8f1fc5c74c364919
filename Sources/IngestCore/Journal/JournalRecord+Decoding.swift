extension JournalRecord {
    /// Reads the body of a record whose checksum is right.
    /// - Returns: nil when condition 5 does not hold.
    package init?(_ kind: JournalFormat.Kind, _ body: Span<UInt8>) {
        var data = 0
        if kind == .chunk, body.count >= 84 {
            for place in 0..<4 { data |= Int(body[68 + place]) << (8 * place) }
            guard data <= body.count - 84 else { return nil }
        }
        var fields = JournalFields(body, leavingOut: data)
        switch kind {
        case .chunk:
            guard let chunk = JournaledChunk(&fields) else { return nil }
            self = .chunk(chunk)
        case .ended:
            let capture = fields.number(UInt64.self)
            let end = CaptureEnd(rawValue: fields.number())
            let tag = fields.number(UInt16.self)
            let uid = fields.text(fields.length())
            guard let end, fields.isAtEnd, capture < JournalFormat.mostCaptures else { return nil }
            self = .ended(capture: capture, end, camera: CameraUID(uid), tag: tag)
        case .succeeded:
            let (old, new, inherited) = (fields.number(UInt64.self), fields.number(UInt64.self), Int(fields.number(UInt32.self)))
            guard fields.isAtEnd, old < new, new < JournalFormat.mostCaptures, inherited <= JournalFormat.mostChunks else { return nil }
            self = .succeeded(old: old, new: new, inherited: inherited)
        case .state:
            let capture = fields.number(UInt64.self)
            guard let state = CaptureState(&fields), capture < JournalFormat.mostCaptures else { return nil }
            self = .state(capture: capture, state)
        case .picture:
            guard let picture = JournaledPicture(&fields) else { return nil }
            self = .picture(picture)
        case .arrival:
            let (key, tag, fate) = (fields.number(UInt64.self), fields.number(UInt16.self), fields.number(UInt8.self))
            let camera = CameraUID(fields.text(fields.length()))
            let packet: UInt16 = fields.left > 0 ? fields.number() : 0
            guard let camera, fields.isAtEnd, ArrivalRing.Fate(rawValue: fate) != nil else { return nil }
            self = .arrival(camera, CameraMemory.Message(key: key, tag: tag, fate: fate, packet: packet))
        case .camera:
            guard let memory = JournaledMemory(&fields) else { return nil }
            self = .camera(memory)
        case .tally:
            let capture = fields.number(UInt64.self)
            let hour = fields.number(Int64.self)
            let fate = Account.Fate(rawValue: fields.number())
            guard let fate, let camera = CameraUID(fields.text(max(0, fields.left))) else { return nil }
            self = .tally(capture: capture, fate, Account.Place(hour: hour, camera: camera))
        case .account:
            let (hour, generation) = (fields.number(Int64.self), fields.number(UInt64.self))
            let values = Account.Fate.allCases.map { _ in Int(fields.number(UInt32.self)) }
            guard let counts = Account.Counts(values), let camera = CameraUID(fields.text(max(0, fields.left))) else { return nil }
            self = .account(Account.Place(hour: hour, camera: camera), counts, generation: generation)
        case .archived:
            let (generation, hour) = (fields.number(UInt64.self), fields.number(Int64.self))
            self = .archived(generation: generation, but: hour == -1 ? nil : hour)
            guard fields.isAtEnd else { return nil }
        case .notes:
            let capture = fields.number(UInt64.self)
            guard let notes = CaptureNotes(fields.text(fields.left)) else { return nil }
            self = .notes(capture: capture, notes)
        case .clock:
            let (ticks, next) = (fields.ticks(), fields.number(UInt64.self))
            guard let ticks, fields.isAtEnd, next <= JournalFormat.mostCaptures else { return nil }
            self = .clock(ticks: ticks, nextCapture: next)
        }
    }
}

extension JournaledChunk {
    fileprivate init?(_ fields: inout JournalFields) {
        capture = fields.number()
        digest = fields.number()
        state = CaptureState()
        let (touched, runStarted, moment) = (fields.ticks(), fields.ticks(), fields.moment())
        guard capture < JournalFormat.mostCaptures, let touched, let runStarted, let moment else { return nil }
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
        (state.doubtful, state.cut) = (fields.optional(), fields.optional())
        isRemembered = flags & 32 != 0
        guard let camera = CameraUID(fields.text(uid)) else { return nil }
        self.camera = camera
        self.topic = fields.text(topic)
        self.imageID = fields.text(imageID)
        for _ in 0..<echoes { state.echoOf.append(fields.number()) }
        packet = flags & 64 != 0 ? fields.number() : 0
        state.keepsNothing = flags & 128 != 0 ? fields.number(UInt8.self) & 1 != 0 : source == .gateway && state.runNext == 0
        data = fields.position..<fields.position + dataCount
        guard fields.isAtEnd, index < total, total <= JournalFormat.mostChunks, state.isInRange(total: total),
            dataCount == (isKept ? shape.storedBytes : 0), !self.imageID.isEmpty
        else { return nil }
    }
}

extension CaptureState {
    fileprivate init?(_ fields: inout JournalFields) {
        self.init()
        let (touched, runStarted) = (fields.ticks(), fields.ticks())
        runNext = Int(fields.number(UInt32.self))
        (doubtful, cut) = (fields.optional(), fields.optional())
        tag = fields.number()
        let flags = fields.number(UInt8.self)
        keepsNothing = flags & 1 != 0
        isEcho = flags & 4 != 0
        isReported = flags & 8 != 0
        isDoomed = flags & 16 != 0
        while fields.left > 0 { echoOf.append(fields.number()) }
        guard let touched, let runStarted, fields.isAtEnd, isInRange(total: JournalFormat.mostChunks) else { return nil }
        (self.touched, self.runStarted) = (touched, runStarted)
    }

    func isInRange(total: Int) -> Bool { runNext <= total && doubtful ?? 0 <= total && cut ?? 0 <= total }
}

extension JournaledPicture {
    fileprivate init?(_ fields: inout JournalFields) {
        capture = fields.number()
        let (completed, messages, recordedAt, size) = (fields.ticks(), fields.count(), fields.moment(), fields.count())
        guard capture < JournalFormat.mostCaptures, let completed, let messages, let recordedAt, let size else { return nil }
        (self.completed, self.messages) = (completed, messages)
        let chunks = Int(fields.number(UInt32.self))
        let source = fields.number(UInt8.self)
        let type = Int(fields.number(UInt8.self))
        let lengths = (0..<6).map { _ in fields.length() }
        checksum = fields.bytes(32)
        let texts = lengths.map { fields.text($0) }
        let notes = fields.text(max(0, fields.left))
        guard fields.isAtEnd, let camera = CameraUID(texts[0]), source <= 1, ContentType.allCases.indices.contains(type) else { return nil }
        picture = Picture(
            camera: camera, imageID: texts[2], imageIDSource: source == 1 ? .camera : .gateway, topic: texts[1], recordedAt: recordedAt,
            size: size, chunks: chunks, sha256: Hex.lower(checksum), contentType: ContentType.allCases[type], bucket: texts[3],
            key: texts[4])
        picture.notes = PictureNotes(notes)
        distinctKey = texts[5]
    }
}

extension JournaledMemory {
    fileprivate init?(_ fields: inout JournalFields) {
        guard let messages = fields.count() else { return nil }
        let nextTag = fields.number(UInt16.self)
        let uid = fields.length()
        let (entries, pictures) = (Int(fields.number(UInt32.self)), Int(fields.number(UInt32.self)))
        let hasPackets = fields.left == uid + entries * 13 + pictures * 56
        guard hasPackets || fields.left == uid + entries * 11 + pictures * 56, let camera = CameraUID(fields.text(uid)) else { return nil }
        self.init(camera: camera)
        self.messages = messages
        self.nextTag = nextTag
        for _ in 0..<entries {
            ring.append(
                CameraMemory.Message(
                    key: fields.number(), tag: fields.number(), fate: fields.number(), packet: hasPackets ? fields.number() : 0))
        }
        guard ring.allSatisfy({ ArrivalRing.Fate(rawValue: $0.fate) != nil }) else { return nil }
        for _ in 0..<pictures {
            let (checksum, idHash) = (fields.bytes(32), fields.number(UInt64.self))
            guard let completed = fields.ticks(), let message = fields.count() else { return nil }
            finished.append(Finished(checksum: checksum, idHash: idHash, completed: completed, message: message))
        }
    }
}

/// Reads one field after the other. Behind the end everything is zero, and `isAtEnd` false.
struct JournalFields {
    private let bytes: [UInt8]
    private(set) var position = 0

    /// A copy of all but a chunk's data.
    init(_ body: Span<UInt8>, leavingOut data: Int) {
        var copy: [UInt8] = []
        copy.reserveCapacity(body.count - data)
        for index in 0..<body.count - data { copy.append(body[index]) }
        bytes = copy
    }

    var isAtEnd: Bool { position == bytes.count }
    var left: Int { bytes.count - position }

    mutating func number<N: FixedWidthInteger>(_: N.Type = N.self) -> N {
        var value: N = 0
        for place in 0..<N.bitWidth / 8 {
            if position + place < bytes.count { value |= N(truncatingIfNeeded: bytes[position + place]) << N(8 * place) }
        }
        skip(N.bitWidth / 8)
        return value
    }

    /// Nil for all ones.
    mutating func optional() -> Int? {
        let value = number(UInt32.self)
        return value == .max ? nil : Int(value)
    }

    /// A moment on the connected clock; nil for one that is out of range.
    mutating func ticks() -> Int64? {
        let value = number(Int64.self)
        return (-1 << 60...1 << 60).contains(value) ? value : nil
    }

    mutating func moment() -> Timestamp? {
        let value = number(Int64.self)
        return (0...253_402_300_799_999).contains(value) ? Timestamp(milliseconds: value) : nil
    }

    mutating func count() -> Int? {
        let value = number(Int64.self)
        return (0..<1 << 62).contains(value) ? Int(value) : nil
    }

    mutating func length() -> Int { Int(number(UInt16.self)) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var copy: [UInt8] = []
        for place in position..<position + count { copy.append(place < bytes.count ? bytes[place] : 0) }
        skip(count)
        return copy
    }

    mutating func text(_ count: Int) -> String { String(decoding: bytes(count), as: UTF8.self) }

    mutating func skip(_ count: Int) { position += count }
}
