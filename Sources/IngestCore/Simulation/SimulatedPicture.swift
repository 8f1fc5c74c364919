/// A picture's bytes: a frame that many pictures share, with a stamp and a noise of its own, so that no two are equal, nor their chunks:
/// a camera's sensor has noise, and chunks that come again seem told again.
package struct SimulatedPicture: Sendable {
    private let frame: [UInt8]
    private let stamp: [UInt8]
    private let stampStart: Int
    private let noise: [JPEGEncoder.NoiseByte]
    private let seed: UInt64

    /// A picture of these bytes alone.
    package init(frame: [UInt8]) { self.init(JPEGEncoder.Frame(bytes: frame, stampStart: 0), stamp: [], seed: 0) }

    /// - Parameter seed: of its noise.
    package init(_ frame: JPEGEncoder.Frame, stamp: [UInt8], seed: UInt64) {
        self.frame = frame.bytes
        self.stamp = stamp
        stampStart = frame.stampStart
        noise = frame.noise
        self.seed = seed
    }

    /// In bytes.
    package var size: Int { frame.count }

    package var bytes: [UInt8] {
        var all = [UInt8]()
        copy(0..<size, into: &all)
        return all
    }

    /// Replaces what `buffer` holds by the bytes of `range`.
    package func copy(_ range: Range<Int>, into buffer: inout [UInt8]) {
        buffer.removeAll(keepingCapacity: true)
        buffer.append(contentsOf: frame[range])
        for index in range.clamped(to: stampStart..<stampStart + stamp.count) {
            buffer[index - range.lowerBound] = stamp[index - stampStart]
        }
        var number = firstNoise(from: range.lowerBound)
        while number < noise.count, noise[number].place < range.upperBound {
            if isTurned(number) { buffer[noise[number].place - range.lowerBound] ^= noise[number].bits }
            number += 1
        }
    }

    /// Of the bytes of noise, the number of the first at `place` or behind it.
    private func firstNoise(from place: Int) -> Int {
        var (low, high) = (0, noise.count)
        while low < high {
            let middle = (low + high) / 2
            if noise[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isTurned(_ number: Int) -> Bool {
        var random = SeededRandom(seed: seed &+ UInt64(number / 64))
        return random.next() >> UInt64(number % 64) & 1 != 0
    }
}
