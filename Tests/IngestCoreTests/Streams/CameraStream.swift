@testable import IngestCore

/// What one camera publishes, and in which order it reaches the gateway.
struct CameraStream {
    /// How the camera names its captures.
    enum Naming { case none, reused, own }

    enum Event: Equatable {
        /// A message; the broker repeats one under its packet identifier.
        case message(capture: Int, index: Int, packet: UInt16)
        /// The gateway's connection ended and another one began.
        case connection
        /// The gateway is killed and started again, which is a connection too.
        case kill
        case silence(seconds: Int)
    }

    var naming = Naming.none
    var qos = 1
    /// The chunks of each capture, lost ones included.
    var captures: [[[UInt8]]] = []
    var events: [Event] = []

    func bytes(of capture: Int) -> [UInt8] { captures[capture].flatMap { $0 } }

    /// Each message takes this long, so that only silences pass any window.
    static let step = Duration.milliseconds(5)
}

/// A message as the oracle sees it.
struct StreamArrival {
    let capture: Int
    let index: Int
    let bytes: [UInt8]
    let total: Int
    let time: Duration
    /// Connections that had begun before it.
    let connection: Int
    let packet: UInt16

    func isSame(as other: StreamArrival) -> Bool { index == other.index && total == other.total && bytes == other.bytes }
}

extension CameraStream {
    var arrivals: [StreamArrival] {
        var time = Duration.zero
        var connection = 0
        return events.compactMap { event in
            switch event {
            case .message(let capture, let index, let packet):
                time += Self.step
                return StreamArrival(
                    capture: capture, index: index, bytes: captures[capture][index], total: captures[capture].count, time: time,
                    connection: connection, packet: packet)
            case .silence(let seconds): time += .seconds(seconds)
            case .connection, .kill: connection += 1
            }
            return nil
        }
    }

    /// A picture that was stored, and after how many messages.
    struct Stored {
        let bytes: [UInt8]
        let messages: Int
    }

    /// Plays it to a gateway's assembly and answers what that stored.
    func play(_ world: SessionWorld, uid: String = "cam") -> [Stored] {
        var messages = 0
        var stored: [Stored] = []
        var seen = 0
        // What the broker sends again, under the identifiers of the first time, tells of a session that it kept (MQTT 5.0, 4.4).
        world.hasPackets = qos > 0
        func look() {
            for picture in world.bench.pictures[seen...] where picture.camera == uid && picture.verdict == .new {
                stored.append(Stored(bytes: picture.bytes, messages: messages))
            }
            seen = world.bench.pictures.count
        }
        for event in events {
            switch event {
            case .message(let capture, let index, let packet):
                world.advance(milliseconds: Int(Self.step / .milliseconds(1)))
                messages += 1
                world.send(
                    uid, index, of: captures[capture].count, captures[capture][index], imageID: imageID(of: capture),
                    packet: qos == 0 ? 0 : packet)
            case .connection: world.connect()
            case .kill: world.crash()
            case .silence(let seconds): world.wait(Double(seconds))
            }
            look()
        }
        // The last picture of the day is stored without another message.
        world.wait(Double(world.limits.repeatWindow / .milliseconds(1)) / 1000 + 1)
        look()
        return stored
    }

    private func imageID(of capture: Int) -> String? {
        switch naming {
        case .none: nil
        case .reused: "img"
        case .own: "id\(capture)"
        }
    }
}

extension CameraStream {
    /// A stream from a text such as `A0 A1 A2 B0=A0 | A1 A2 B0 B1 B2`: letters are captures in the order of the alphabet, `B0=A0`
    /// has the bytes of A0, `~A1` is the broker's repetition of A1, `+` a connection, `!` a kill, `15s` silence, `|` nothing. What is
    /// in brackets is published by nobody, but tells that the capture has such a chunk: `[A2]`.
    /// - Parameter total: of every capture.
    init(_ text: String, total: Int, naming: Naming = .none, qos: Int = 1) {
        self.init(naming: naming, qos: qos)
        var equals: [String: String] = [:]
        let words = text.split(separator: " ").map { word in
            let parts = word.split(separator: "=")
            if parts.count == 2 { equals[String(parts[0].drop { $0 == "~" })] = String(parts[1]) }
            return String(parts[0])
        }
        func bytes(_ name: String) -> [UInt8] { equals[name].map(bytes) ?? Array(name.utf8) }
        var packet: UInt16 = 0
        var last: [String: UInt16] = [:]
        for word in words {
            switch word {
            case "|": continue
            case "+": events.append(.connection)
            case "!": events.append(.kill)
            case _ where word.last == "s": events.append(.silence(seconds: Int(word.dropLast())!))
            default:
                let name = word.filter { $0.isLetter || $0.isNumber }
                let capture = Self.number(ofLetters: name.filter(\.isLetter))
                // Letters that are left out are no captures.
                while captures.count <= capture { captures.append([]) }
                if captures[capture].isEmpty {
                    captures[capture] = (0..<total).map { bytes("\(Self.letters(capture))\($0)") }
                }
                if word.first == "[" { continue }
                if word.first != "~" {
                    packet += 1
                    last[name] = packet
                }
                events.append(.message(capture: capture, index: Int(name.filter(\.isNumber))!, packet: last[name] ?? packet))
            }
        }
    }

    static func letters(_ capture: Int) -> String {
        let letter = String(UnicodeScalar(UInt8(65 + capture % 26)))
        return capture < 26 ? letter : letters(capture / 26 - 1) + letter
    }

    private static func number(ofLetters text: String) -> Int {
        text.utf8.reduce(0) { $0 * 26 + Int($1) - 64 } - 1
    }
}

extension CameraStream: CustomStringConvertible {
    var description: String {
        var first: [String: (capture: Int, index: Int)] = [:]
        var equals: [String: String] = [:]
        for (capture, chunks) in captures.enumerated() {
            for (index, chunk) in chunks.enumerated() {
                let key = "\(index)/\(chunks.count) \(chunk)"
                let name = "\(Self.letters(capture))\(index)"
                if let same = first[key] {
                    equals[name] = "\(Self.letters(same.capture))\(same.index)"
                } else {
                    first[key] = (capture, index)
                }
            }
        }
        var packets = Set<UInt16>()
        var isNew = Set<String>()
        let words = events.map { event in
            switch event {
            case .message(let capture, let index, let packet):
                let name = "\(Self.letters(capture))\(index)"
                let mark = packets.insert(packet).inserted ? "" : "~"
                return mark + name + (isNew.insert(name).inserted ? equals[name].map { "=" + $0 } ?? "" : "")
            case .connection: return "+"
            case .kill: return "!"
            case .silence(let seconds): return "\(seconds)s"
            }
        }
        var totals: [String] = []
        for (capture, chunks) in captures.enumerated() where capture == 0 || chunks.count != captures[capture - 1].count {
            totals.append("\(Self.letters(capture)) on \(chunks.count)")
        }
        return "\(words.joined(separator: " ")) (chunks: \(totals.joined(separator: ", ")); \(naming), QoS \(qos))"
    }
}
