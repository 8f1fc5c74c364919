@testable import IngestCore

/// Whole sequences of messages into the assembly and its journal.
extension Target {
    static let sequences = [
        Target(name: "sequence") { bytes in
            var play = SequencePlay(bytes)
            play.run()
        }
    ]
}

/// An input as a program: what three cameras publish, lose, repeat and tell again, and when the gateway waits, connects and is killed.
///
/// After each step the assembly's own accounts must be right, and after each kill the journal must bring back what was there
/// (`JournalRecorder`). What is stored must be what was published, where somebody can tell: always under ids that are never used again,
/// and under others as `StreamReading` says.
private struct SequencePlay {
    private static let mostSteps = 64
    private static let mostKills = 3

    private var input: Input
    private let world: SessionWorld
    private var cameras: [Camera]
    private var packet: UInt16 = 0
    private var kills = 0

    /// What it published, and where in that it is.
    private struct Camera {
        let uid: String
        var stream: CameraStream
        var next = 0
        var messages: [(capture: Int, index: Int)] = []
        /// In their order, as the broker has them.
        var published: [(message: Int, packet: UInt16)] = []
        /// Of those, how many are surely acknowledged: the broker repeated later ones alone.
        var acknowledged = 0

        func imageID(of capture: Int) -> String? {
            switch stream.naming {
            case .none: nil
            case .reused: "img"
            case .own: "id\(capture)"
            }
        }
    }

    init(_ bytes: [UInt8]) {
        input = Input(bytes)
        let how = input.byte()
        var limits = Assembler.Limits()
        // As small as it may be, so that captures leave it for the journal, or roomy.
        limits.pool = (how & 1 != 0 ? 8 : 64) * 4096
        limits.maxMessage = 2600
        limits.isCache = true
        (limits.cameras, limits.remembered) = (16, 4000)
        if how & 2 != 0 { limits.receiveMaximum = 12 }
        world = SessionWorld(limits, seed: UInt64(how))
        world.hasPackets = how & 4 != 0
        world.bench.keepsDeliveries = how & 8 != 0
        cameras = [CameraStream.Naming.none, .reused, .own].map { Camera(uid: "\($0)", stream: CameraStream(naming: $0)) }
    }

    mutating func run() {
        var steps = 0
        while !input.isEmpty, steps < Self.mostSteps {
            step()
            steps += 1
            world.bench.checkInvariants("after step \(steps)")
            checkNamed()
        }
        // All that was begun is published to its end.
        for camera in cameras.indices { publish(cameras[camera].messages.count - cameras[camera].next, of: camera) }
        world.wait(15)
        world.bench.checkInvariants("at the end")
        require(world.deadlocks == 0, "a message for which there never is room")
        checkNamed()
        for camera in cameras { check(camera) }
    }

    private mutating func step() {
        let (what, argument) = (input.byte(), input.byte())
        let camera = Int(what >> 6) % cameras.count
        switch what & 0x0f {
        case 0...4: publish(1 + Int(argument) % 8, of: camera)
        case 5: begin(total: 1 + Int(argument & 7), size: argument >> 3, of: camera)
        case 6: cameras[camera].next = max(0, cameras[camera].next - 1 - Int(argument) % 16)
        case 7: cameras[camera].next = min(cameras[camera].messages.count, cameras[camera].next + 1 + Int(argument) % 8)
        case 8: resend(1 + Int(argument) % 12, of: camera)
        case 9: if !cameras[camera].messages.isEmpty { publish(message: Int(argument) % cameras[camera].messages.count, of: camera) }
        case 10: happens(.connection)
        case 11 where kills < Self.mostKills:
            kills += 1
            happens(.kill)
        case 12: happens(.silence(seconds: [1, 7, 15, 70][Int(argument) % 4]))
        case 13: world.bench.releaseAll()
        default: world.advance(milliseconds: Int(argument))
        }
    }

    private mutating func happens(_ event: CameraStream.Event) {
        switch event {
        case .connection: world.connect()
        case .kill: world.crash()
        case .silence(let seconds): world.wait(Double(seconds))
        case .message: break
        }
        for camera in cameras.indices { cameras[camera].stream.events.append(event) }
    }

    /// Another capture: its chunks equal those of the one before where `size` says so, as those of a scene that rests.
    private mutating func begin(total: Int, size: UInt8, of camera: Int) {
        let capture = cameras[camera].stream.captures.count
        let before = cameras[camera].stream.captures.last
        let chunks = (0..<total).map { index in
            if size & 1 != 0, let before, before.count == total, Int(size >> 1) & 3 <= index { return before[index] }
            let name = Array("\(cameras[camera].uid)\(capture).\(index)".utf8)
            return size & 8 != 0 ? name + [UInt8](repeating: UInt8(index), count: 2500) : name
        }
        cameras[camera].stream.captures.append(chunks)
        cameras[camera].messages += (0..<total).map { (capture, $0) }
    }

    /// The next messages, and new captures where there are no more.
    private mutating func publish(_ count: Int, of camera: Int) {
        for _ in 0..<count {
            if cameras[camera].next == cameras[camera].messages.count {
                begin(total: cameras[camera].stream.captures.last?.count ?? 3, size: 0, of: camera)
            }
            publish(message: cameras[camera].next, of: camera)
            cameras[camera].next += 1
        }
    }

    private mutating func publish(message: Int, of camera: Int) {
        packet = packet % 60_000 + 1
        cameras[camera].published.append((message, packet))
        send(message, packet, of: camera)
    }

    /// The last messages once more, as the broker does after a connection: under their packet identifiers.
    private mutating func resend(_ count: Int, of camera: Int) {
        happens(.connection)
        let all = cameras[camera].published
        cameras[camera].acknowledged = max(cameras[camera].acknowledged, all.count - count)
        for (message, packet) in all[cameras[camera].acknowledged...] { send(message, packet, of: camera) }
    }

    private mutating func send(_ message: Int, _ packet: UInt16, of camera: Int) {
        let it = cameras[camera]
        let (capture, index) = it.messages[message]
        world.advance(milliseconds: Int(CameraStream.step / .milliseconds(1)))
        world.send(
            it.uid, index, of: it.stream.captures[capture].count, it.stream.captures[capture][index], imageID: it.imageID(of: capture),
            packet: packet)
        cameras[camera].stream.events.append(.message(capture: capture, index: index, packet: packet))
    }

    // MARK: What must hold

    private func stored(of camera: Camera) -> [[UInt8]] {
        world.bench.pictures.filter { $0.camera == camera.uid && $0.verdict == .new }.map(\.bytes)
    }

    private func checkNamed() {
        let camera = cameras[2]
        let published = Set(camera.stream.captures.indices.map(camera.stream.bytes))
        for bytes in stored(of: camera) {
            require(published.contains(bytes), "a mixture under ids that are used once: \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private func check(_ camera: Camera) {
        let reading = StreamReading(camera.stream, world.limits)
        guard reading.undecidable.isEmpty, reading.isInOrder, reading.isLossless else { return }
        let verdict = StreamVerdict(reading, stored: stored(of: camera).map { CameraStream.Stored(bytes: $0, messages: 0) })
        require(verdict.mixed.isEmpty, "\(verdict): \(camera.stream)")
    }
}
