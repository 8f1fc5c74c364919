@testable import IngestCore

/// How what was stored of a stream compares with what had to be.
struct StreamVerdict {
    /// Captures that had to be stored.
    private(set) var due = 0
    /// Of those, the ones that were not.
    private(set) var lost: [Int] = []
    /// Pictures that nobody published, as the names of their chunks.
    private(set) var mixed: [String] = []
    /// Contents that were stored more often than they were published.
    private(set) var double: [Int] = []
    /// Stored though a chunk of it never came.
    private(set) var impossible: [Int] = []
    /// Stored later than with the last of its chunks, though none of them could be a repetition.
    private(set) var late: [Int] = []
    /// Captures that were counted as superseded though the camera published all of each and only stepped back.
    private(set) var superseded = 0
    let isDecidable: Bool
    let isInOrder: Bool
    let isLossless: Bool

    var isGood: Bool {
        lost.isEmpty && double.isEmpty && impossible.isEmpty && late.isEmpty && (mixed.isEmpty || !isDecidable)
    }

    init(_ reading: StreamReading, stored all: [CameraStream.Stored], superseded: Int = 0) {
        if reading.undecidable.isEmpty, reading.isInOrder, reading.isLossless, !reading.hasIdleTime { self.superseded = superseded }
        let stored = all.map(\.bytes)
        isDecidable = reading.undecidable.isEmpty
        isInOrder = reading.isInOrder
        isLossless = reading.isLossless
        let stream = reading.stream
        let contents = stream.captures.indices.map(stream.bytes)
        for bytes in Set(stored) where !contents.contains(bytes) { mixed.append(Self.name(bytes, stream)) }
        for bytes in Set(contents) {
            let group = contents.indices.filter { contents[$0] == bytes }
            let count = stored.count { $0 == bytes }
            let must = group.filter(reading.mustBeStored)
            due += must.count
            let least = Self.least(must, reading)
            // Equal pictures are one or more, as the time between them says.
            if count < least { lost += must.suffix(least - count) }
            if count > max(1, Self.most(group[0], reading)) { double.append(group[0]) }
            if count > 0, !Self.arrived(group[0], reading) { impossible.append(group[0]) }
            if let capture = group.first, must.contains(capture), reading.isPlain(capture),
                let first = all.first(where: { $0.bytes == bytes }), first.messages > reading.places(of: capture).last! + 1
            {
                late.append(capture)
            }
        }
    }

    /// Equal pictures that surely are captures of their own: none within the window of another, or of a connection.
    private static func least(_ must: [Int], _ reading: StreamReading) -> Int {
        guard let first = must.first else { return 0 }
        guard reading.stream.naming != .own else { return must.count }
        var count = 1
        for capture in must where capture != first {
            let start = reading.arrivals[reading.places(of: capture).first!]
            let equal = reading.stream.bytes(of: capture)
            guard let last = reading.arrivals.last(where: { $0.time < start.time && reading.stream.bytes(of: $0.capture) == equal })
            else { continue }
            let ttl = reading.stream.naming == .reused ? Duration.seconds(3600) : reading.window
            if start.time - last.time > ttl, start.connection == last.connection { count += 1 }
        }
        return count
    }

    /// How often all of its chunks came anew after the window.
    private static func most(_ capture: Int, _ reading: StreamReading) -> Int {
        let chunks = reading.stream.captures[capture]
        if reading.stream.naming == .own {
            return reading.stream.captures.indices.count { reading.stream.captures[$0] == chunks && reading.isWhole($0) }
        }
        var count = 0
        var ended: Duration?
        var have = Set<Int>()
        for arrival in reading.arrivals where arrival.total == chunks.count && chunks[arrival.index] == arrival.bytes {
            if let end = ended, arrival.time - end < reading.window { continue }
            have.insert(arrival.index)
            guard have.count == chunks.count else { continue }
            count += 1
            ended = arrival.time
            have = []
        }
        return count
    }

    private static func arrived(_ capture: Int, _ reading: StreamReading) -> Bool {
        let chunks = reading.stream.captures[capture]
        return chunks.indices.allSatisfy { index in
            reading.arrivals.contains { $0.index == index && $0.total == chunks.count && $0.bytes == chunks[index] }
        }
    }

    private static func name(_ bytes: [UInt8], _ stream: CameraStream) -> String {
        var names: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let found = stream.captures.enumerated().lazy.flatMap { capture, chunks in
                chunks.enumerated().lazy.filter { rest.starts(with: $0.element) }.map { (capture, $0.offset, $0.element.count) }
            }.first { _ in true }
            guard let found else { return "\(names) and something else" }
            names.append("\(CameraStream.letters(found.0))\(found.1)")
            rest = rest.dropFirst(found.2)
        }
        return names.joined(separator: " ")
    }
}

extension StreamVerdict: CustomStringConvertible {
    var description: String {
        var parts: [String] = []
        func add(_ what: String, _ captures: [Int]) {
            if !captures.isEmpty { parts.append("\(what) \(captures.map(CameraStream.letters).joined(separator: ", "))") }
        }
        add("lost", lost)
        if !mixed.isEmpty { parts.append("mixed \(mixed.joined(separator: ", "))") }
        add("stored again", double)
        add("stored in part", impossible)
        add("late", late)
        if superseded > 0 { parts.append("\(superseded) counted as superseded") }
        return parts.joined(separator: "; ")
    }
}
