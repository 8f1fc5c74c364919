/// Decides which simulated camera publishes which chunk next.
///
/// Cameras take turns, a chunk each, so that their pictures interleave as a fleet's do. Within a picture chunks go out in rising
/// order. A repeat follows its chunk at once or up to three chunks later, never later than its picture's end, and a repeat of
/// chunk 0 always at once: a capture whose chunks all went out can then be told from its neighbours even without an image id,
/// so every picture reported as whole is one the gateway must store.
///
/// What stays simple because of what it refuses:
/// - It knows counts and no bytes: pictures, texts and topics are the business of who publishes.
/// - It never waits: it names the moment to ask again.
/// - The same plan gives the same steps, whatever the clock says.
package struct SimulationSchedule: Sendable {
    package enum Step: Equatable, Sendable {
        /// The camera takes a picture. Its chunks follow.
        case take(camera: Int, image: Int, isStill: Bool)
        case publish(Chunk)
        /// The camera is through with its picture; `dropped` of its chunks never went out.
        case done(camera: Int, image: Int, dropped: Int)
        case wait(until: Instant)
        case finished
    }

    package struct Chunk: Equatable, Sendable {
        package let camera, image, index, total: Int
        package let isRepeat: Bool
    }

    private struct Camera {
        var random: SeededRandom
        var due: Instant
        var image = 0
        /// Nil between pictures.
        var open: Open?
    }

    private struct Open {
        let total: Int
        var next = 0
        var dropped = 0
        /// A chunk that is to be sent again, and before which other.
        var again: (index: Int, before: Int)?
    }

    private let plan: SimulationPlan
    private var cameras: [Camera]
    private var turn = 0
    private var left: Int

    /// - Precondition: `plan.totals` is not empty and holds no number below 1.
    package init(_ plan: SimulationPlan, now: Instant) {
        self.plan = plan
        left = plan.images > 0 ? plan.cameras : 0
        // A fleet is not in step: its cameras begin spread over one interval.
        cameras = (0..<plan.cameras).map { number in
            Camera(random: SeededRandom(seed: plan.seed, stream: number), due: now + plan.interval * number / max(1, plan.cameras))
        }
    }

    package mutating func next(now: Instant) -> Step {
        guard left > 0 else { return .finished }
        var earliest: Instant?
        for offset in 0..<cameras.count {
            let number = (turn + offset) % cameras.count
            if cameras[number].open == nil {
                guard cameras[number].image < plan.images else { continue }
                guard cameras[number].due <= now else {
                    earliest = min(earliest ?? cameras[number].due, cameras[number].due)
                    continue
                }
                turn = number
                return take(number)
            }
            if let step = advance(number) { return step }
        }
        return earliest.map { .wait(until: $0) } ?? .finished
    }

    private mutating func take(_ number: Int) -> Step {
        let image = cameras[number].image
        cameras[number].open = Open(total: plan.totals[image % plan.totals.count])
        let isStill = image > 0 && cameras[number].random.happens(plan.still)
        return .take(camera: number, image: image, isStill: isStill)
    }

    /// The camera's next chunk, or the end of its picture.
    private mutating func advance(_ number: Int) -> Step? {
        guard var open = cameras[number].open else { return nil }
        defer { turn = (number + 1) % cameras.count }
        while true {
            if let again = open.again, again.before <= open.next || open.next == open.total {
                open.again = nil
                cameras[number].open = open
                return publish(number, again.index, of: open.total, isRepeat: true)
            }
            guard open.next < open.total else { return finish(number, dropped: open.dropped) }
            let index = open.next
            open.next += 1
            if cameras[number].random.happens(plan.drop) {
                open.dropped += 1
                continue
            }
            if open.again == nil, cameras[number].random.happens(plan.repeats) {
                let distance = index == 0 ? 0 : Int.random(in: 0...3, using: &cameras[number].random)
                open.again = (index, before: open.next + distance)
            }
            cameras[number].open = open
            return publish(number, index, of: open.total, isRepeat: false)
        }
    }

    private func publish(_ number: Int, _ index: Int, of total: Int, isRepeat: Bool) -> Step {
        .publish(Chunk(camera: number, image: cameras[number].image, index: index, total: total, isRepeat: isRepeat))
    }

    private mutating func finish(_ number: Int, dropped: Int) -> Step {
        let image = cameras[number].image
        cameras[number].open = nil
        cameras[number].image += 1
        cameras[number].due = cameras[number].due + plan.interval
        if cameras[number].image == plan.images { left -= 1 }
        return .done(camera: number, image: image, dropped: dropped)
    }
}
