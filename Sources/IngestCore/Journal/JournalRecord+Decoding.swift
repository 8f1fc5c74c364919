extension JournalRecord {
    /// Reads the body of a record whose checksum is right.
    /// - Returns: nil when condition 5 does not hold.
    package init?(_ kind: JournalFormat.Kind, _ body: Span<UInt8>) {
        // Of a chunk, where the length of its data stands, and the least that is before it.
        let at: (length: Int, least: Int)? = kind == .chunk ? (32, 58) : kind == .formerChunk ? (68, 84) : nil
        var data = 0
        if let at, body.count >= at.least {
            for place in 0..<4 { data |= Int(body[at.length + place]) << (8 * place) }
            guard data <= body.count - at.least else { return nil }
        }
        var fields = JournalFields(body, leavingOut: data)
        let record: JournalRecord? =
            switch kind {
            case .chunk: JournaledChunk(&fields).map { .chunk($0) }
            case .formerChunk: JournaledChunk(former: &fields).map { .chunk($0) }
            case .ended: Self.ended(&fields)
            case .succeeded: Self.succeeded(&fields)
            case .state: Self.state(&fields)
            case .picture: JournaledPicture(&fields).map { .picture($0) }
            case .arrival: Self.arrival(&fields)
            case .formerArrival: Self.formerArrival(&fields)
            case .camera: JournaledMemory(&fields).map { .camera($0) }
            case .formerCamera: JournaledMemory(former: &fields).map { .camera($0) }
            case .clock: Self.clock(&fields)
            case .notes: Self.notes(&fields)
            case .tally: Self.tally(&fields)
            case .account: Self.account(&fields)
            case .archived: Self.archived(&fields)
            case .left: Self.left(&fields)
            case .begun: Self.begun(&fields)
            case .finished: Self.finished(&fields)
            case .arrivals: Self.arrivals(&fields)
            }
        guard let record else { return nil }
        self = record
    }

    private static func ended(_ fields: inout JournalFields) -> Self? {
        let capture = fields.number(UInt64.self)
        let end = CaptureEnd(rawValue: fields.number())
        let tag = fields.number(UInt16.self)
        let uid = fields.text(fields.length())
        guard let end, fields.isAtEnd, capture < JournalFormat.mostCaptures else { return nil }
        return .ended(capture: capture, end, camera: CameraUID(uid), tag: tag)
    }

    private static func state(_ fields: inout JournalFields) -> Self? {
        let capture = fields.number(UInt64.self)
        guard let state = CaptureState(&fields), fields.isAtEnd, capture < JournalFormat.mostCaptures else { return nil }
        return .state(capture: capture, state)
    }

    private static func arrival(_ fields: inout JournalFields) -> Self? {
        let message = fields.message()
        let flags = fields.number(UInt8.self)
        let heard = fields.ticks()
        let camera = CameraUID(fields.text(fields.length()))
        guard let message, let heard, let camera, fields.isAtEnd else { return nil }
        return .arrival(camera, Remembered(message, flags: flags, heard: heard))
    }

    private static func begun(_ fields: inout JournalFields) -> Self? {
        let flags = fields.number(UInt8.self)
        guard flags <= 1, let picture = JournaledPicture(&fields) else { return nil }
        return .begun(picture, isStored: flags == 1)
    }

    private static func finished(_ fields: inout JournalFields) -> Self? {
        let (capture, completed, message) = (fields.number(UInt64.self), fields.ticks(), fields.count())
        let (idHash, checksum) = (fields.number(UInt64.self), fields.bytes(32))
        let camera = CameraUID(fields.text(max(0, fields.left)))
        guard capture < JournalFormat.mostCaptures, let completed, let message, let camera, fields.isAtEnd else { return nil }
        let memory = JournaledMemory.Finished(checksum: checksum, idHash: idHash, completed: completed, message: message)
        return .finished(FinishedCapture(capture: capture, camera: camera, memory: memory))
    }

    private static func arrivals(_ fields: inout JournalFields) -> Self? {
        let heard = fields.ticks()
        let camera = CameraUID(fields.text(fields.length()))
        guard let heard, let camera, fields.left >= 0, fields.left % 14 == 0 else { return nil }
        var found: [Remembered] = []
        while fields.left > 0 {
            guard let message = fields.message() else { return nil }
            found.append(Remembered(message, flags: fields.number(), heard: heard))
        }
        return .arrivals(camera, found)
    }

    private static func notes(_ fields: inout JournalFields) -> Self? {
        let capture = fields.number(UInt64.self)
        guard capture < JournalFormat.mostCaptures, let notes = CaptureNotes(fields.text(max(0, fields.left))) else { return nil }
        return .notes(capture: capture, notes)
    }

    private static func tally(_ fields: inout JournalFields) -> Self? {
        let (capture, hour) = (fields.number(UInt64.self), fields.number(Int64.self))
        let fate = Account.Fate(rawValue: fields.number())
        let camera = CameraUID(fields.text(max(0, fields.left)))
        guard let fate, let camera, capture < JournalFormat.mostCaptures else { return nil }
        return .tally(capture: capture, fate, Account.Place(hour: hour, camera: camera))
    }

    private static func account(_ fields: inout JournalFields) -> Self? {
        let (hour, generation) = (fields.number(Int64.self), fields.number(UInt64.self))
        let values = Account.Fate.allCases.map { _ in Int(fields.number(UInt32.self)) }
        guard let counts = Account.Counts(values), let camera = CameraUID(fields.text(max(0, fields.left))) else { return nil }
        return .account(Account.Place(hour: hour, camera: camera), counts, generation: generation)
    }

    private static func left(_ fields: inout JournalFields) -> Self? {
        guard fields.left % 8 == 0 else { return nil }
        return .left((0..<fields.left / 8).map { _ in fields.number() })
    }

    private static func archived(_ fields: inout JournalFields) -> Self? {
        let (generation, hour) = (fields.number(UInt64.self), fields.number(Int64.self))
        guard fields.isAtEnd else { return nil }
        return .archived(generation: generation, but: hour == -1 ? nil : hour)
    }

    private static func clock(_ fields: inout JournalFields) -> Self? {
        let (ticks, next) = (fields.ticks(), fields.number(UInt64.self))
        guard let ticks, fields.isAtEnd, next <= JournalFormat.mostCaptures else { return nil }
        return .clock(ticks: ticks, nextCapture: next)
    }
}

extension JournaledChunk {
    fileprivate init?(_ fields: inout JournalFields) {
        capture = fields.number()
        digest = fields.number()
        let moment = fields.moment()
        let (head, middle) = (Int(fields.number(UInt32.self)), Int(fields.number(UInt32.self)))
        let dataCount = Int(fields.number(UInt32.self))
        index = Int(fields.number(UInt32.self))
        total = Int(fields.number(UInt32.self))
        let small = Int(fields.number(UInt8.self))
        shape = ChunkShape(head: head, headPadding: small & 3, middle: middle, rest: small >> 2 & 3, restPadding: small >> 4 & 3)
        let flags = fields.number(UInt8.self)
        isKept = flags & 1 != 0
        isCutAnew = flags & 4 != 0
        source = flags & 2 != 0 ? .camera : .gateway
        packet = fields.number()
        let (how, tag, fate) = (fields.number(UInt8.self), fields.number(UInt16.self), fields.number(UInt8.self))
        let (uid, topic, imageID) = (fields.length(), fields.length(), fields.length())
        guard let camera = CameraUID(fields.text(uid)) else { return nil }
        self.camera = camera
        self.topic = fields.text(topic)
        self.imageID = fields.text(imageID)
        guard let arrived = moment, let state = CaptureState(&fields) else { return nil }
        (self.arrived, self.state) = (arrived, state)
        data = fields.position..<fields.position + dataCount
        if how & 1 != 0 {
            var message = message
            (message.tag, message.fate) = (tag, fate)
            guard MessageHistory.isFate(fate) else { return nil }
            remembered = Remembered(message, flags: how, heard: state.touched)
        }
        guard fields.isAtEnd, isInRange, dataCount == (isKept ? shape.storedBytes : 0) else { return nil }
    }

    var isInRange: Bool {
        capture < JournalFormat.mostCaptures && index < total && total <= JournalFormat.mostChunks && state.isInRange(total: total)
            && !imageID.isEmpty
    }

    /// As its camera's history has it.
    var message: CameraMemory.Message {
        let idHash = source == .camera ? SessionName.hash(imageID) : 0
        let key = MessageHistory.key(digest: digest, shape: shape, index: index, total: total, idHash: idHash)
        return CameraMemory.Message(key: key, tag: state.tag, fate: MessageHistory.Fate.open.rawValue, packet: packet)
    }
}

extension Remembered {
    init(_ message: CameraMemory.Message, flags: UInt8, heard: Int64) {
        self.init(
            message: message, isNews: flags & 2 != 0, isStray: flags & 4 != 0, endsReading: flags & 8 != 0, stepsBack: flags & 32 != 0,
            readsAnew: flags & 16 != 0, endsInDoubt: flags & 64 != 0, mayLeap: flags & 128 != 0,
            heard: heard)
    }

    var flags: UInt8 {
        let told: UInt8 = (isNews ? 2 : 0) | (isStray ? 4 : 0) | (endsReading ? 8 : 0) | (readsAnew ? 16 : 0)
        return told | (stepsBack ? 32 : 0) | (endsInDoubt ? 64 : 0) | (mayLeap ? 128 : 0)
    }
}

extension CaptureState {
    fileprivate init?(_ fields: inout JournalFields) {
        self.init()
        let (touched, runStarted) = (fields.ticks(), fields.ticks())
        runNext = Int(fields.number(UInt32.self))
        tag = fields.number()
        let flags = fields.number(UInt8.self)
        keepsNothing = flags & 1 != 0
        isEcho = flags & 2 != 0
        isReported = flags & 4 != 0
        isDoomed = flags & 8 != 0
        isElder = flags & 16 != 0
        isRewound = flags & 32 != 0
        isWhole = flags & 128 != 0
        let (echoes, ranges) = (fields.length(), fields.length())
        guard let touched, let runStarted, 2 * echoes + 8 * ranges <= fields.left else { return nil }
        (self.touched, self.runStarted) = (touched, runStarted)
        for _ in 0..<echoes { echoOf.append(fields.number()) }
        for _ in 0..<ranges {
            guard let range = fields.range() else { return nil }
            dropped.append(range)
        }
        if flags & 64 != 0 {
            guard let past = fields.place() else { return nil }
            self.past = past
            successor = fields.number()
            for path in [\Self.doubtful, \.ahead, \.again, \.inherited, \.needs] {
                guard let slots = fields.slots() else { return nil }
                self[keyPath: path] = slots
            }
        }
        guard runNext <= JournalFormat.mostChunks else { return nil }
    }

    func isInRange(total: Int) -> Bool {
        runNext <= total
            && [doubtful, ahead, again, inherited, needs].allSatisfy { slots in slots.allSatisfy { $0 < total } }
    }
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
        let (heard, end, reading) = (fields.ticks(), fields.count(), fields.place())
        let nextTag = fields.number(UInt16.self)
        let uid = fields.length()
        let (entries, waiting) = (Int(fields.number(UInt32.self)), Int(fields.number(UInt32.self)))
        let last = fields.number(UInt32.self)
        let pictures = Int(last & 0x3fff_ffff)
        guard let heard, let end, let reading, fields.left == uid + (entries + waiting) * 13 + pictures * 56,
            let camera = CameraUID(fields.text(uid))
        else { return nil }
        self.init(camera: camera)
        (self.nextTag, self.heard) = (nextTag, heard)
        guard let entered = fields.messages(entries), let pending = fields.messages(waiting) else { return nil }
        history = MessageHistory(
            entered, end: end, pending: pending, reading: reading >= 0 && reading < end ? reading : nil,
            mayStep: last & 1 << 30 != 0, isLoose: last & 1 << 31 != 0, capacity: entries)
        guard let finished = fields.finished(pictures) else { return nil }
        self.finished = finished
    }
}

extension JournalFields {
    mutating func message() -> CameraMemory.Message? {
        let message = CameraMemory.Message(key: number(), tag: number(), fate: number(), packet: number())
        return MessageHistory.isFate(message.fate) ? message : nil
    }

    fileprivate mutating func messages(_ count: Int) -> [CameraMemory.Message]? {
        var messages: [CameraMemory.Message] = []
        for _ in 0..<count {
            guard let message = message() else { return nil }
            messages.append(message)
        }
        return messages
    }

    mutating func finished(_ pictures: Int) -> [JournaledMemory.Finished]? {
        var found: [JournaledMemory.Finished] = []
        for _ in 0..<pictures {
            let (checksum, idHash) = (bytes(32), number(UInt64.self))
            guard let completed = ticks(), let message = count() else { return nil }
            found.append(JournaledMemory.Finished(checksum: checksum, idHash: idHash, completed: completed, message: message))
        }
        return found
    }

    fileprivate mutating func range() -> ClosedRange<Int>? {
        let (first, last) = (Int(number(UInt32.self)), Int(number(UInt32.self)))
        return first <= last && last < JournalFormat.mostChunks ? first...last : nil
    }

    /// In ranges, in rising order.
    fileprivate mutating func slots() -> [Int]? {
        let count = length()
        guard 8 * count <= left else { return nil }
        var slots: [Int] = []
        for _ in 0..<count {
            guard let range = range(), range.lowerBound > slots.last ?? -1 else { return nil }
            slots += range
        }
        return slots
    }

    /// In a camera's history; -1 for none.
    fileprivate mutating func place() -> Int? {
        let value = number(Int64.self)
        return (-1..<1 << 62).contains(value) ? Int(value) : nil
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
