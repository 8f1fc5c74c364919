import TestFiles
import Testing

@testable import IngestCore

@Suite("A backoff")
struct BackoffTests {
    private let backoff = Backoff(initial: .seconds(1), longest: .seconds(60))

    @Test("doubles its ceiling up to the longest pause")
    func ceilings() {
        let seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map { backoff.ceiling(afterFailures: $0).components.seconds }
        #expect(seconds == [1, 1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("draws from the whole span below the ceiling, never under a tenth of the initial pause")
    func jitter() {
        for seed in UInt64(1)...20 {
            var random = SplitMix(seed: seed)
            let pauses = (0..<2000).map { _ in backoff.pause(afterFailures: 5, using: &random) }
            #expect(pauses.allSatisfy { $0 >= .milliseconds(100) && $0 <= .seconds(16) }, "seed \(seed)")
            let quarters = Dictionary(grouping: pauses) { min(3, Int($0 / .seconds(4))) }
            #expect(quarters.count == 4 && quarters.values.allSatisfy { $0.count > 350 }, "seed \(seed): \(quarters.mapValues(\.count))")
        }
    }

    @Test("is slow, and never slower than the longest pause, where a person must act")
    func slow() {
        var random = SplitMix(seed: 3)
        for _ in 0..<1000 {
            let pause = backoff.slowPause(using: &random)
            #expect(pause >= .seconds(30) && pause <= .seconds(60))
        }
    }

    @Test("makes sense of bounds the wrong way round")
    func bounds() {
        #expect(Backoff(initial: .seconds(5), longest: .seconds(1)).longest == .seconds(5))
        #expect(Backoff(initial: .zero, longest: .zero).ceiling(afterFailures: 9) == .milliseconds(1))
    }
}
