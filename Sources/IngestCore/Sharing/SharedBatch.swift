/// Chunks that the broker gave to this gateway and that are not acknowledged yet, on their way to Redis.
///
/// ```
/// add ─► waiting ─► portion ─► answered ─┬─► taken, or a repeat: done
///           ▲                            ├─► whole: the capture is to be collected, made durable and finished
///           └────── finished ◄───────────┴─► finish first: the chunk goes again when that is done
/// ```
/// Nothing may be acknowledged before `isSettled`, and no sooner than every capture found whole is durable here. What is forgotten
/// comes again from the broker, and Redis knows it for a repeat.
package struct SharedBatch: Sendable {
    /// What the answers to one portion come to.
    package struct Findings: Equatable, Sendable {
        package var repeats = 0
        package var whole: [SharedCapture] = []
        package var superseded: [SupersededCapture] = []
        package var tooLarge: [SharedChunk] = []

        package init() {}
    }

    private let most: Int
    private var waiting: [SharedChunk] = []
    private var blocked: [SharedChunk] = []
    private var bytes = 0

    /// - Parameter most: bytes of text in one round trip; a chunk that is larger goes alone.
    package init(most: Int) { self.most = most }

    package var isSettled: Bool { waiting.isEmpty && blocked.isEmpty }
    /// Whether enough has come for one round trip.
    package var isFull: Bool { bytes >= most }

    package mutating func add(_ chunk: SharedChunk) {
        waiting.append(chunk)
        bytes += chunk.text.count
    }

    /// What to send next; owed one `answered` or `forget`.
    package mutating func portion() -> [SharedChunk] {
        var size = 0
        var count = 0
        while count < waiting.count, count == 0 || size + waiting[count].text.count <= most {
            size += waiting[count].text.count
            count += 1
        }
        let taken = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        bytes -= size
        return taken
    }

    /// One answer for each chunk of the portion, in its order.
    package mutating func answered(_ portion: [SharedChunk], _ answers: [SharedAnswer]) -> Findings {
        var findings = Findings()
        for (chunk, answer) in zip(portion, answers) {
            switch answer.fate {
            case .taken: break
            case .repeated: findings.repeats += 1
            case .finishFirst: blocked.append(chunk)
            case .tooLarge: findings.tooLarge.append(chunk)
            }
            if answer.isWhole {
                let capture = SharedCapture(place: chunk.place, token: answer.token, bytes: answer.bytes)
                if !findings.whole.contains(where: { $0.token == capture.token && $0.place == capture.place }) {
                    findings.whole.append(capture)
                }
            }
            if let (total, received) = answer.superseded {
                findings.superseded.append(SupersededCapture(place: chunk.place, total: total, received: received))
            }
        }
        return findings
    }

    /// The captures that were found whole are finished: what waited for that goes again, before everything else.
    package mutating func finished() {
        waiting.insert(contentsOf: blocked, at: 0)
        for chunk in blocked { bytes += chunk.text.count }
        blocked.removeAll()
    }

    /// The connection to the broker is put down, so all of it comes again.
    package mutating func forget() {
        waiting.removeAll(keepingCapacity: true)
        blocked.removeAll()
        bytes = 0
    }
}
