import IngestCore

/// Which camera each topic seen so far means, so that a topic is matched and its camera looked up once and not with every chunk.
/// Bounded: when it is full it begins anew.
struct TopicCache {
    private struct Entry {
        let topic: [UInt8]
        /// Nil where the payload names the camera.
        let uid: CameraUID?
        var camera: CameraIndex?
    }

    private static let most = 4096
    private var entries: [UInt64: Entry] = [:]

    /// The camera that a topic names, nil where its payload does, and the topic in storage that lasts.
    /// - Throws: `.cameraUID` when the level that names the camera holds no uid.
    mutating func place(
        of topic: Span<UInt8>, filters: [TopicFilter], assembler: inout Assembler, now: Instant
    ) throws(Refusal) -> (CameraIndex?, topic: [UInt8]) {
        let hash = Self.hash(topic)
        if let entry = entries[hash], Self.equal(entry.topic.span, topic) {
            guard let camera = entry.camera, let uid = entry.uid else { return (nil, entry.topic) }
            if assembler.isKnown(camera) { return (camera, entry.topic) }
            let again = assembler.camera(for: uid, now: now)
            entries[hash]?.camera = again
            return (again, entry.topic)
        }
        var uid: CameraUID?
        if case .camera(let range) = filters.match(topic) {
            guard let named = CameraUID(validating: topic.extracting(range)) else { throw .cameraUID }
            uid = named
        }
        let camera = uid.map { assembler.camera(for: $0, now: now) }
        if entries.count >= Self.most { entries.removeAll() }
        let copy = Array(topic)
        entries[hash] = Entry(topic: copy, uid: uid, camera: camera)
        return (camera, copy)
    }

    /// FNV-1a; a collision only costs a look-up.
    private static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return hash
    }

    private static func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        for index in a.indices where a[index] != b[index] { return false }
        return true
    }
}

extension Array<UInt8> {
    init(_ span: Span<UInt8>) {
        self.init()
        reserveCapacity(span.count)
        for index in span.indices { append(span[index]) }
    }
}
