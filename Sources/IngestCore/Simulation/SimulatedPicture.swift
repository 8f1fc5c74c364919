/// A picture's bytes: a frame that many pictures share, with a stamp of its own written over it, so that no two are equal.
package struct SimulatedPicture: Sendable {
    private let frame: [UInt8]
    private let stamp: [UInt8]
    private let stampStart: Int

    package init(frame: [UInt8], stamp: [UInt8] = [], at stampStart: Int = 0) {
        self.frame = frame
        self.stamp = stamp
        self.stampStart = stampStart
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
    }
}
