import Clients
import IngestCore
import Logging
import Platform

/// The thread that talks to Redis: agrees with the other gateways who stores a picture, and notes what is stored.
///
/// What stays simple because of what it refuses:
/// - It delays a picture by the timeout at most, and only where Redis was up a moment ago. While Redis is away everything passes.
/// - It is not what "once" rests on: the table's rules are the same, so a claim that is lost costs an upload and no more.
final class CoordinationWorker {
    /// Pictures in one round trip.
    private static let together = 128

    let delivery: Delivery
    let link: RedisLink
    private(set) var agreement: Agreement
    private(set) var processedTTL: Duration
    let alternateKey: @Sendable (Picture) -> String
    let log: Logger
    var book = ClaimBook()
    private let notes: SessionNotes
    private let channel: WorkerChannel
    var sweep: SharedSweep?
    private var nextTidy = Instant.current

    init(
        delivery: Delivery, link: RedisLink, agreement: Agreement, processedTTL: Duration, notes: SessionNotes, log: Logger,
        channel: WorkerChannel = WorkerChannel("redis"), sweep: SharedSweep? = nil, alternateKey: @escaping @Sendable (Picture) -> String
    ) {
        self.delivery = delivery
        self.link = link
        self.agreement = agreement
        self.processedTTL = processedTTL
        self.notes = notes
        self.channel = channel
        self.sweep = sweep
        self.log = log
        self.alternateKey = alternateKey
    }

    func run() {
        link.tend(now: .current)
        var connections = link.connections
        var isLast = false
        while !isLast {
            channel.turn(adopt)
            isLast = delivery.awaitCoordination(atMost: pause)
            converse()
            link.tend(now: .current)
            if link.connections != connections {
                connections = link.connections
                book.renewAll(now: .current)
            }
            renew()
            if !isLast { sweep?.turn(link, now: .current, log: log) }
            tidyUp(all: isLast)
        }
    }

    private func adopt(_ configuration: Configuration) {
        processedTTL = configuration.intake.processedTTL
        agreement = Agreement(owner: agreement.owner, repeatWindow: configuration.intake.repeatWindow, processedTTL: processedTTL)
        if let redis = configuration.redis { link.adopt(RedisSettings(redis)) }
    }

    private var pause: Duration {
        let now = Instant.current
        var until = min(now + .seconds(1), link.nextTask, nextTidy)
        if let sweep, link.isUp { until = min(until, sweep.nextTurn) }
        if let look = delivery.nextLook { until = min(until, look) }
        return max(until - now, .milliseconds(1))
    }

    /// All that one turn has to tell and to ask, in one round trip where Redis knows nothing of the pictures yet: what sessions are
    /// open, what is stored, and which pictures are to be this gateway's.
    private func converse() {
        let marking = delivery.nextMarks(most: Self.together)
        let agreeing = delivery.nextAgreements(most: Self.together)
        let sessions = notes.take().map { RedisCommand.set(CoordinationKey.session($0.key), to: $0.value, expiry: SessionNotes.life) }
        let marks = marking.content.map(mark)
        var talk = AgreementExchange(agreeing.content)
        let asking = ask(&talk)
        let replies = link.pipeline(sessions + marks + asking)
        marked(marking, isSet: replies != nil)
        agree(&talk, agreeing, hearing: replies.map { Array($0.suffix(asking.count)) })
    }

    private func renew() {
        while link.isUp {
            let due = book.dueRenewals(most: Self.together, now: .current)
            if due.isEmpty { return }
            let commands = due.map { entry in
                CoordinationScripts.renew.known(
                    keys: [entry.key, CoordinationKey.lock(entry.claim.identity.imageID)], entry.claim.text, agreement.owner,
                    ClaimBook.life.text
                )
            }
            for (entry, reply) in zip(due, link.pipeline(commands) ?? []) where reply.integer == 0 {
                log.info(
                    "Another gateway took over image \(entry.claim.identity.imageID) of camera \(entry.claim.camera)",
                    metadata: ["camera_uid": "\(entry.claim.camera)", "image_id": "\(entry.claim.identity.imageID)"]
                )
            }
        }
    }

    /// Pictures that left for the spool are another gateway's to store, if it can.
    private func tidyUp(all: Bool) {
        let now = Instant.current
        guard all || nextTidy <= now else { return }
        nextTidy = now + .seconds(1)
        let held = book.parcels
        guard !held.isEmpty else { return }
        let gone = all ? held : delivery.gone(of: held)
        release(gone.map { (book.left($0), nil) })
    }

    /// Gives back claims and locks, and takes away sessions' names.
    func release(_ rests: [(ClaimBook.Rest, picture: Picture?)]) {
        var commands: [RedisCommand] = []
        for (rest, picture) in rests {
            var keys: [String] = []
            var values: [String] = []
            func add(_ key: String, _ value: String) {
                keys.append(key)
                values.append(value)
            }
            if let entry = rest.entry { add(entry.key, entry.claim.text) }
            if let lock = rest.lock { add(CoordinationKey.lock(lock), agreement.owner) }
            if let picture { add(CoordinationKey.session(picture.camera), rest.formerName ?? picture.imageID) }
            if !keys.isEmpty { commands.append(CoordinationScripts.release.known(keys: keys, values)) }
        }
        _ = link.pipeline(commands)
    }
}

extension Duration {
    /// In whole milliseconds, for a script.
    var text: String { String(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}
