@testable import IngestCore

/// One arrival of a schedule: which capture it was published as, and what was in it.
struct ModelArrival {
    let capture: Int
    let index: Int
    let total: Int
    let bytes: [UInt8]
    let time: Duration
    /// Connections that had begun before it.
    let connection: Int
    /// A late repeat that comes alone, not as one of a broker's after a connection.
    let isFarRepeat: Bool
    /// Messages published before it, and with it; a broker's repeat is none.
    let before: Int
    let after: Int
    /// As how manieth message it was published; a broker's repeat as the one it repeats.
    let place: Int
}

/// What a camera without image ids may expect, told from the whole list of its arrivals by brute force.
struct SessionOracle {
    let arrivals: [ModelArrival]
    /// The bytes of every published capture.
    let published: [[UInt8]]
    let connections: [Duration]
    let window: Duration
    let timeout: Duration
    let receiveMaximum: Int
    /// Messages had packet identifiers, which tell a broker's repeat from a chunk that is equal to an old one.
    var hasPackets = false

    struct Run {
        let start: Int
        let end: Int
        let bytes: [UInt8]
    }

    /// Every stretch of arrivals that is one whole capture: from the last chunk 0 on, first appearances in rising order, nothing
    /// between but exact repeats of its own chunks, and no idle time that would end it.
    var wholeRuns: [Run] {
        var runs: [Run] = []
        for end in arrivals.indices {
            guard let start = arrivals[...end].lastIndex(where: { $0.index == 0 }) else { continue }
            var own: [[UInt8]] = []
            var isGood = true
            var grewLast = false
            for place in start...end where isGood {
                let arrival = arrivals[place]
                if place > start, arrival.time - arrivals[place - 1].time >= timeout { isGood = false }
                grewLast = false
                if arrival.total != arrivals[start].total || own.count == arrival.total {
                    isGood = false
                } else if arrival.index == own.count {
                    own.append(arrival.bytes)
                    grewLast = true
                } else if arrival.index > own.count || own[arrival.index] != arrival.bytes {
                    isGood = false
                }
            }
            if isGood, grewLast, own.count == arrivals[start].total { runs.append(Run(start: start, end: end, bytes: own.flatMap { $0 })) }
        }
        return runs
    }

    /// Whether `stored`, in order, is what had to be stored. May be missing: what is whole only thanks to another capture's equal
    /// chunk; and, without packet identifiers, a run that goes on after a connection, when it may be the broker's repeat of a picture
    /// that was stored before.
    func accepts(_ stored: [[UInt8]]) -> Bool {
        // What came in no single run may be stored.
        let due = Set(toBeStored.map(\.bytes))
        var left = stored.filter(due.contains)[...]
        var seen = Set<[UInt8]>()
        for run in toBeStored {
            // One that waits for the end of a doubt comes after one that does not.
            if let place = left.firstIndex(of: run.bytes), place == left.startIndex || mayBeTakenForRewind(run) || hasPackets {
                left.remove(at: place)
            } else if isOfOneCapture(run), isOfOnePublication(run), !mayBeTakenForRewind(run),
                hasPackets || arrivals[run.start].connection == arrivals[run.end].connection || !seen.contains(run.bytes)
            {
                return false
            }
            seen.insert(run.bytes)
        }
        return left.isEmpty
    }

    func isOfOneCapture(_ run: Run) -> Bool { arrivals[run.start...run.end].allSatisfy { $0.capture == arrivals[run.start].capture } }

    /// Whether a chunk of it came before its chunk 0, in whatever capture: what follows may read as a step back.
    func mayBeTakenForRewind(_ run: Run) -> Bool {
        arrivals[run.start...run.end].contains { chunk in
            chunk.index > 0
                && arrivals[..<run.start].contains { $0.index == chunk.index && $0.total == chunk.total && $0.bytes == chunk.bytes }
        }
    }

    /// Whether nothing in it is a broker's repeat of what came before its chunk 0: by its bytes alone that might be another capture's.
    private func isOfOnePublication(_ run: Run) -> Bool {
        arrivals[run.start...run.end].allSatisfy { $0.place >= arrivals[run.start].place }
    }

    /// The pictures to be stored, in order: whole runs of published captures, but for those that repeat a stored one within the window.
    var toBeStored: [Run] {
        var stored: [Run] = []
        for run in wholeRuns where published.contains(run.bytes) {
            let isRepeat = stored.contains { earlier in
                earlier.bytes == run.bytes && window > .zero && arrivals[run.start].time - windowStart(of: earlier, for: run) <= window
            }
            if !isRepeat { stored.append(run) }
        }
        return stored
    }

    private func windowStart(of earlier: Run, for run: Run) -> Duration {
        let connection = arrivals[run.start].connection
        guard connection > arrivals[earlier.end].connection else { return arrivals[earlier.end].time }
        let first = arrivals.first { $0.connection == connection }!
        return first.before - arrivals[earlier.end].after < receiveMaximum ? connections[connection - 1] : arrivals[earlier.end].time
    }

    /// Whether nobody could have told that the picture made of this run is a mixture: a capture lost its chunk 0 and goes on where
    /// an incomplete one stopped, or a single late repeat came just where a static scene's next capture might have that chunk.
    func isUndecidable(_ run: Run) -> Bool {
        let stretch = arrivals[run.start...run.end]
        if stretch.contains(where: \.isFarRepeat) { return true }
        return stretch.contains { arrival in
            !arrivals[...run.end].contains { $0.capture == arrival.capture && $0.index == 0 }
        }
    }
}

extension SessionOracle: CustomStringConvertible {
    /// The arrivals as `capture.index/total=content`, with the seconds that passed where they matter, and `|` for a connection.
    var description: String {
        var text = ""
        var contents: [[UInt8]] = []
        for place in arrivals.indices {
            let arrival = arrivals[place]
            if !contents.contains(arrival.bytes) { contents.append(arrival.bytes) }
            if place > 0, arrival.connection != arrivals[place - 1].connection { text += "| " }
            if place > 0, arrival.time - arrivals[place - 1].time > .seconds(2) { text += "\(arrival.time - arrivals[place - 1].time) " }
            text += "\(arrival.capture).\(arrival.index)/\(arrival.total)=\(contents.firstIndex(of: arrival.bytes)!) "
        }
        return text
    }

    /// A picture as the contents of its chunks, by the numbers of `description`.
    func name(_ bytes: [UInt8]) -> String {
        guard let run = wholeRuns.first(where: { $0.bytes == bytes }) else { return "(\(bytes.count) bytes of no run)" }
        return arrivals[run.start...run.end].map { "\($0.capture).\($0.index)" }.joined(separator: " ")
    }
}
