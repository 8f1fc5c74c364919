/// Which messages may be acknowledged, in their order, and what has to be written for that.
///
/// A message may be acknowledged once what it did can be had again without the broker: each of its records is on the disk. The record of
/// a chunk need not be written while the broker still has the message; and once the capture has ended, as in most cases it soon has, what
/// is written of it is a line of the camera's memory and no picture. So records are withheld, camera by camera:
///
/// ```
/// record of a capture        nothing withheld of its camera    something withheld
///   written before           written at once                   withheld, behind that
///   any other                withheld                          withheld
/// record of none             written at once                   withheld
///
/// a capture ended            its camera's first records, up to the first one of a capture that goes on, are written, without bytes
/// a camera is due            all that is withheld of it is written, with the bytes of the captures that go on
/// ```
/// What stays simple because of what it refuses:
/// - Records of one camera are written in the order in which they were made, none before another. What the journal says of a camera is
///   what it would say in any case, up to some message; those behind it are the broker's, and come again.
/// - A capture that has ended is never written in part: then what comes again of it is all of it, or nothing.
/// - It knows no clock, no disk and no broker. What is due is answered to who asks; how it is written is the caller's business.
///
/// Bounded by what the broker sends unacknowledged, twice over where a connection was lost.
package struct AcknowledgementLedger<Record> {
    /// Why the chunks of a capture are written. The raw value is the `reason` label of `journal_writes_total`.
    package enum Reason: String, CaseIterable, Sendable {
        /// `[journal] when` says so, or the broker is on this machine.
        case always
        /// So much of what the broker sends unacknowledged is held that it may soon send no more.
        case window
        /// An acknowledgement waited for `[journal] hold`.
        case hold
        /// The object store or the table is away.
        case store
        /// The pool is short of room.
        case pool
        /// Some chunks may be another capture's.
        case doubt
        /// A capture of the same camera that is written already is behind it.
        case order
        /// The gateway stops.
        case stop
        /// The broker does not repeat messages of QoS 0.
        case qos0
        /// A new segment begins, and with it the memory of all cameras.
        case segment
    }

    /// What is known of a capture of which something is withheld.
    private struct Capture {
        let camera: CameraUID
        /// Of its newest withheld record, and when that was made.
        var last: Int
        var touched: Instant
        /// It waits for its row, and for no chunk.
        var isComplete = false
        var end: End?
    }

    /// How much may be withheld, and for how long.
    package struct Limits: Equatable, Sendable {
        /// How long an acknowledgement may wait.
        package var hold = Duration.seconds(2)
        /// The same with `some` messages held and more: for a capture that gets on.
        package var stall = Duration.milliseconds(250)
        /// Of what the broker sends unacknowledged: half, and nearly all. With so many held none waits for a capture that lacks chunks.
        package var some = 128
        package var most = 224

        package init() {}

        /// - Parameter window: how many messages the broker sends unacknowledged.
        package init(window: Int, hold: Duration) {
            (self.hold, stall) = (hold, min(hold, .milliseconds(250)))
            (some, most) = (max(1, window / 2), max(1, window * 7 / 8))
        }
    }

    /// How a capture ended, and its tag in its camera's history then.
    package struct End: Equatable, Sendable {
        package let fate: CaptureEnd
        package let tag: UInt16

        package init(fate: CaptureEnd, tag: UInt16) { (self.fate, self.tag) = (fate, tag) }
    }

    private struct Item {
        let record: Record?
        let capture: UInt64
        /// Number of the message whose acknowledgement waits for this and all before it; 0 for none.
        var message: UInt64
    }

    private struct Queue {
        var items: [Item] = []
        /// How many were there before the first of `items`.
        var gone = 0
    }

    private struct Message {
        let camera: CameraUID?
        let since: Instant
        /// The newest record that must be on the disk; `withheld` while one is not written.
        var sequence: UInt64
    }

    private static var withheld: UInt64 { .max }

    private var queues: [CameraUID: Queue] = [:]
    private var captures: [UInt64: Capture] = [:]
    /// Not acknowledged yet, in their order, from `first` on.
    private var messages: [Message] = []
    private var first = 0
    /// Of the first of `messages`, over this connection and all before it.
    private var number: UInt64 = 1

    package init() {}

    /// Messages not acknowledged yet.
    package var held: Int { messages.count - first }
    /// Whether nothing is withheld.
    package var isEmpty: Bool { queues.isEmpty }
    package func withholds(_ camera: CameraUID) -> Bool { queues[camera] != nil }

    // MARK: What comes

    /// A record was made.
    /// - Parameters:
    ///   - capture: 0 for none.
    ///   - isWritten: whether the chunks of the capture are in the journal as they come.
    /// - Returns: whether it is withheld; else it is to be written now.
    package mutating func withhold(_ record: Record, of capture: UInt64, _ camera: CameraUID, isWritten: Bool, now: Instant) -> Bool {
        if capture == 0 || isWritten, queues[camera] == nil { return false }
        append(Item(record: record, capture: capture, message: 0), of: camera, now: now)
        return true
    }

    private mutating func append(_ item: Item, of camera: CameraUID, now: Instant) {
        queues[camera, default: Queue()].items.append(item)
        guard item.capture != 0, let queue = queues[camera] else { return }
        let place = queue.gone + queue.items.count - 1
        if captures[item.capture] == nil { captures[item.capture] = Capture(camera: camera, last: place, touched: now) }
        captures[item.capture]?.last = place
        captures[item.capture]?.touched = now
    }

    /// All of its chunks came.
    package mutating func completed(_ capture: UInt64) { captures[capture]?.isComplete = true }

    /// All records of a message that awaits an acknowledgement were made.
    /// - Parameters:
    ///   - camera: nil for a message that did nothing.
    ///   - sequence: of the newest record that was written.
    package mutating func took(_ camera: CameraUID?, sequence: UInt64, now: Instant) {
        guard let camera, let queue = queues[camera] else {
            return messages.append(Message(camera: nil, since: now, sequence: camera == nil ? 0 : sequence))
        }
        messages.append(Message(camera: camera, since: now, sequence: Self.withheld))
        let own = number + UInt64(messages.count - first) - 1
        if queue.items[queue.items.count - 1].message == 0 {
            queues[camera]?.items[queue.items.count - 1].message = own
        } else {
            append(Item(record: nil, capture: 0, message: own), of: camera, now: now)
        }
    }

    /// The capture ended: nothing of it need be written but that.
    package mutating func ended(_ capture: UInt64, _ end: End) { captures[capture]?.end = end }

    /// The connection is gone, and with it what was to be acknowledged: the broker sends it again.
    package mutating func connectionLost() {
        number += UInt64(held)
        messages.removeAll(keepingCapacity: true)
        first = 0
    }

    // MARK: What is to be written

    /// Whether the first records withheld of a camera are of captures that have ended, or of none.
    package func mayWriteEnded(of camera: CameraUID) -> Bool { queues[camera].map { ended(in: $0) > 0 } ?? false }

    /// Hands out, and forgets, the first records withheld of a camera up to the first one of a capture that goes on.
    /// - Parameters:
    ///   - sequence: of the newest record that was written.
    ///   - write: writes a record, of a capture that ended as it is told or of none, and answers the newest one's sequence number.
    package mutating func writeEnded(of camera: CameraUID, sequence: UInt64, _ write: (Record, End?) -> UInt64) {
        guard let queue = queues[camera] else { return }
        self.write(ended(in: queue), of: camera, sequence, write)
    }

    /// Hands out, and forgets, all that is withheld of a camera.
    /// - Parameter write: the same, where the end is nil of a capture that goes on as well.
    package mutating func writeAll(of camera: CameraUID, sequence: UInt64, _ write: (Record, End?) -> UInt64) {
        guard let queue = queues[camera] else { return }
        self.write(queue.items.count, of: camera, sequence, write)
    }

    private func ended(in queue: Queue) -> Int {
        var end = queue.items.firstIndex { $0.capture != 0 && captures[$0.capture]?.end == nil } ?? queue.items.count
        // None that ended is written in part.
        var place = 0
        while place < end {
            let capture = queue.items[place].capture
            place += 1
            guard capture != 0, let last = captures[capture]?.last, last - queue.gone >= end else { continue }
            (end, place) = (place - 1, 0)
        }
        return end
    }

    private mutating func write(_ count: Int, of camera: CameraUID, _ newest: UInt64, _ write: (Record, End?) -> UInt64) {
        guard count > 0, var queue = queues.removeValue(forKey: camera) else { return }
        var sequence = newest
        for place in 0..<count {
            let item = queue.items[place]
            if let record = item.record { sequence = write(record, captures[item.capture]?.end) }
            if item.message >= number, case let index = first + Int(item.message - number), index < messages.count {
                messages[index].sequence = sequence
            }
            if item.capture != 0, captures[item.capture]?.last == queue.gone + place { captures[item.capture] = nil }
        }
        guard count < queue.items.count else { return }
        queue.items.removeFirst(count)
        queue.gone += count
        queues[camera] = queue
    }

    /// The cameras of which anything is withheld, in no order.
    package var withheldCameras: [CameraUID] { Array(queues.keys) }

    /// The camera of the first message that waits for something to be written, where it has waited for too long, or too much waits with it.
    /// To be asked again once that is written.
    package func due(_ limits: Limits, now: Instant) -> (camera: CameraUID, reason: Reason)? {
        guard let index = firstWithheld, let camera = messages[index].camera else { return nil }
        guard messages[index].since + limits.hold > now else { return (camera, .hold) }
        let held = messages.count - index
        guard held >= limits.some, let first = firstCapture(of: camera) else { return nil }
        return held >= limits.most && !first.isComplete || first.touched + limits.stall <= now ? (camera, .window) : nil
    }

    /// When something will be due, if nothing comes.
    package func deadline(_ limits: Limits) -> Instant? {
        guard let index = firstWithheld, let camera = messages[index].camera else { return nil }
        let hold = messages[index].since + limits.hold
        guard messages.count - index >= limits.some, let first = firstCapture(of: camera) else { return hold }
        return min(hold, first.touched + limits.stall)
    }

    /// Whose records the others of the camera wait for.
    private func firstCapture(of camera: CameraUID) -> Capture? {
        queues[camera]?.items.first { $0.capture != 0 && captures[$0.capture]?.end == nil }.flatMap { captures[$0.capture] }
    }

    private var firstWithheld: Int? {
        queues.isEmpty ? nil : messages[first...].firstIndex { $0.sequence == Self.withheld }
    }

    // MARK: What may be acknowledged

    /// Since when the oldest message waits for the disk and nothing else; nil for none.
    /// - Parameter proven: the newest record on the disk.
    package func awaitsDiskSince(proven: UInt64) -> Instant? {
        guard let next = messages[first...].first(where: { $0.sequence > proven }), next.sequence != Self.withheld else { return nil }
        return next.since
    }

    /// Takes the first messages whose records are on the disk, up to the first one whose are not.
    /// - Parameter proven: the newest record on the disk.
    /// - Returns: how many.
    package mutating func takeSafe(proven: UInt64) -> Int {
        var count = 0
        while first < messages.count, messages[first].sequence <= proven {
            first += 1
            count += 1
        }
        number += UInt64(count)
        if first == messages.count {
            messages.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 512 {
            messages.removeFirst(first)
            first = 0
        }
        return count
    }
}
