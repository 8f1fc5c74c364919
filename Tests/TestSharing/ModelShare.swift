package import IngestCore

/// What the gateways' scripts do with captures in Redis, in plain Swift: the standard they are held to, and a Redis for schedules.
package struct ModelShare: Sendable {
    private struct Capture: Sendable {
        var total = 0
        var token = ""
        var texts: [Int: [UInt8]] = [:]
        var prints: [Int: String] = [:]
        var doubts: Set<Int> = []
        var isTooLarge = false
        /// Of one that is all in doubt: which former captures it may be.
        var echo: [Int] = []

        var bytes: Int { texts.values.map(\.count).reduce(0, +) }
        var isWhole: Bool { texts.count == total && !isTooLarge }
        /// All of it may be the former capture again, or none of it.
        var isSure: Bool { doubts.isEmpty || doubts.count == texts.count }
    }

    private struct Former: Equatable, Sendable {
        let print: String
        let isFinished: Bool
        let number: Int
    }

    private struct Place: Sendable {
        var open: Capture?
        /// Newest first.
        var former: [Int: [Former]] = [:]
        var serial = 0
        var lastUpdate = 0
        var taken: Int?

        mutating func retire(finished: Bool) {
            serial += 1
            for (index, print) in open?.prints ?? [:] {
                let new = Former(print: print, isFinished: finished, number: serial)
                former[index] = [new] + (former[index] ?? []).prefix(3)
            }
            open = nil
            taken = nil
        }
    }

    private var places: [SharedPlace: Place] = [:]

    package init() {}

    package mutating func forgetEverything() { places = [:] }
    package var named: [SharedPlace] { places.keys.sorted { $0.imageID < $1.imageID } }
    package var unfinished: [SharedPlace] { named.filter { places[$0]?.open.map { !$0.isSure || $0.doubts.isEmpty } ?? false } }

    package mutating func share(_ chunk: SharedChunk, token: String, most: Int, now: Int) -> SharedAnswer {
        var place = places[chunk.place] ?? Place()
        defer { places[chunk.place] = place }
        if let open = place.open, open.isWhole, open.isSure {
            return SharedAnswer(fate: .finishFirst, isWhole: true, token: open.token, bytes: open.bytes)
        }
        place.lastUpdate = now
        var superseded: (Int, [Int])?
        var hasRetired = false
        if let open = place.open {
            let isSame = open.total == chunk.total
            let known = open.prints[chunk.index]
            if isSame, open.isTooLarge ? known == nil || known == chunk.print : known == chunk.print {
                place.open?.prints[chunk.index] = chunk.print
                return SharedAnswer(fate: .repeated, token: open.token, bytes: open.bytes)
            }
            if !isSame || open.isTooLarge || open.texts[chunk.index] != nil && !open.doubts.contains(chunk.index) {
                if place.former[chunk.index]?.contains(where: { $0.print == chunk.print && $0.isFinished }) == true {
                    return SharedAnswer(fate: .repeated, token: open.token, bytes: open.bytes)
                }
                if open.isTooLarge || open.doubts.count < open.texts.count {
                    if !open.isTooLarge { superseded = (open.total, open.texts.keys.sorted()) }
                    place.retire(finished: false)
                    hasRetired = true
                } else {
                    place.open = nil
                }
            }
        }
        var echoes = hasRetired ? [] : (place.former[chunk.index] ?? []).filter { $0.print == chunk.print }.map(\.number)
        let isLate = !echoes.isEmpty
        if isLate, let open = place.open, !open.isTooLarge, open.doubts.count == open.texts.count {
            let common = echoes.filter(open.echo.contains)
            if common.isEmpty { place.open = nil } else { echoes = common }
        }
        var open = place.open ?? Capture(total: chunk.total, token: token)
        open.echo = echoes
        open.prints[chunk.index] = chunk.print
        if open.bytes - (open.texts[chunk.index]?.count ?? 0) + chunk.text.count > most {
            open.isTooLarge = true
            open.texts = [:]
            place.open = open
            return SharedAnswer(fate: .tooLarge, token: open.token, bytes: 0, superseded: superseded)
        }
        open.texts[chunk.index] = chunk.text
        open.doubts.remove(chunk.index)
        if isLate { open.doubts.insert(chunk.index) }
        place.open = open
        return SharedAnswer(
            fate: isLate ? .repeated : .taken, isWhole: open.isWhole && open.isSure, token: open.token, bytes: open.bytes,
            superseded: superseded)
    }

    /// Nil when it is not there any more.
    package func collect(_ capture: SharedCapture) -> [[UInt8]]? {
        guard let open = places[capture.place]?.open, open.token == capture.token, open.isWhole else { return nil }
        return (0..<open.total).compactMap { open.texts[$0] }
    }

    package mutating func finish(_ capture: SharedCapture) {
        if places[capture.place]?.open?.token == capture.token { places[capture.place]?.retire(finished: true) }
    }

    /// What the look around finds to be finished.
    package mutating func adopt(_ place: SharedPlace, token: String, now: Int) -> SharedCapture? {
        guard let it = places[place], let open = it.open, open.isWhole else { return nil }
        let remains = SharedRemains(
            received: open.texts.count, total: open.total, lastUpdate: it.lastUpdate, expiry: .seconds(200), isOwn: true, isTold: false)
        guard remains.step(now: now, life: .seconds(300), sharing: true) == .finish, it.taken.map({ now - $0 >= 30 }) ?? true else {
            return nil
        }
        places[place]?.taken = now
        places[place]?.open?.doubts = []
        return SharedCapture(place: place, token: open.token, bytes: open.bytes)
    }
}
