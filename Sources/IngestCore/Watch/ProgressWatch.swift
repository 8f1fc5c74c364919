/// Whether every worker gets on, and so whether the service manager may be told that all is well.
///
/// ```
///  steps    intake 7   upload 4   record 9   spool 2        at the last sign
///  steps    intake 8   upload 6   record 9   spool 3        record has not moved: no sign
/// ```
/// What stays simple because of what it refuses:
/// - Nothing here goes by time alone: a sign stands for at least one step of every worker since the sign before.
/// - It does not know what a step is. A worker counts one each turn of its loop, and in whatever long work it does within one.
package struct ProgressWatch: Sendable {
    /// What is worth a line in the log.
    package enum News: Equatable, Sendable {
        case stuck(String, for: Duration)
        /// It was stuck and is no more.
        case moving(String)
    }

    private struct Worker {
        let name: String
        var steps: UInt64 = 0
        var movedAt: Instant
        /// A step since the last sign.
        var hasMoved = false
        var isStuck = false
    }

    /// Without a step for so long, a worker is stuck.
    package let patience: Duration
    private var workers: [Worker]
    private var lastLook: Instant

    /// - Parameter interval: within which the service manager wants a sign; nil when nobody watches.
    package init(workers names: [String], interval: Duration?, now: Instant) {
        patience = (interval ?? .seconds(60)) / 2
        workers = names.map { Worker(name: $0, movedAt: now) }
        lastLook = now
    }

    /// - Parameter steps: each worker's count, in the order of the names; counts never fall.
    /// - Returns: whether a sign may be given now, and what people should know.
    package mutating func look(at steps: [UInt64], now: Instant) -> (isSignDue: Bool, news: [News]) {
        // Who looks was held up itself: the whole process was stopped, or the machine slept. That is nobody's fault.
        if now - lastLook > patience / 2 { for index in workers.indices { workers[index].movedAt = now } }
        lastLook = now
        var news: [News] = []
        for (index, count) in zip(workers.indices, steps) {
            if count != workers[index].steps {
                if workers[index].isStuck { news.append(.moving(workers[index].name)) }
                workers[index].steps = count
                workers[index].movedAt = now
                workers[index].hasMoved = true
                workers[index].isStuck = false
            } else if !workers[index].isStuck, now - workers[index].movedAt >= patience {
                workers[index].isStuck = true
                news.append(.stuck(workers[index].name, for: now - workers[index].movedAt))
            }
        }
        guard workers.allSatisfy(\.hasMoved) else { return (false, news) }
        for index in workers.indices { workers[index].hasMoved = false }
        return (true, news)
    }
}
