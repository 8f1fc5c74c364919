import FoundationEssentials
import Glibc
import Ingest
import Platform

/// Shows how far a simulation is: a line that is written over on a terminal, and a summary at the end.
struct SimulationDisplay {
    private let pictures: Int
    private let isShown: Bool
    private let began = MonotonicClock.now()
    private var next = Duration.zero
    private var calls = 0

    init(pictures: Int, isShown: Bool) {
        self.pictures = pictures
        self.isShown = isShown
    }

    /// Cheap, so that it may be called for every message.
    mutating func update(_ tally: Simulator.Tally) {
        guard isShown else { return }
        calls += 1
        // A look at the clock now and then; the slowest fleet calls twice a second.
        guard calls % 64 == 1 || tally.chunks < 1000, MonotonicClock.now() >= next else { return }
        next = MonotonicClock.now() + .milliseconds(250)
        write("\r\u{1b}[K\(tally.pictures) of \(pictures) pictures, \(tally.chunks) chunks, \(megabytes(tally.payload)) MB")
    }

    func clear() {
        if isShown { write("\r\u{1b}[K") }
    }

    func summary(of tally: Simulator.Tally, seed: UInt64, inJSON: Bool) -> String {
        let seconds = (MonotonicClock.now() - began) / .seconds(1)
        guard inJSON else {
            return """
                \(tally.pictures) pictures, \(tally.whole) of them whole; \(tally.chunks) chunks (\(tally.repeats) repeated, \
                \(tally.dropped) dropped), \(megabytes(tally.payload)) MB in \(tenths(seconds)) s; seed \(seed)
                """
        }
        let summary = Summary(
            pictures: tally.pictures, whole: tally.whole, chunks: tally.chunks, repeats: tally.repeats, dropped: tally.dropped,
            payloadBytes: tally.payload, seconds: seconds, seed: seed
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(summary)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Summary: Encodable {
        let pictures, whole, chunks, repeats, dropped, payloadBytes: Int
        let seconds: Double
        let seed: UInt64

        enum CodingKeys: String, CodingKey {
            case pictures, whole, chunks, repeats, dropped, seconds, seed
            case payloadBytes = "payload_bytes"
        }
    }

    private func megabytes(_ bytes: Int) -> String { tenths(Double(bytes) / 1_000_000) }
    private func tenths(_ value: Double) -> String { "\(Int(value * 10) / 10).\(Int(value * 10) % 10)" }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
