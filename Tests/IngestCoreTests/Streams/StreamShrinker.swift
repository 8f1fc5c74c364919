@testable import IngestCore

/// Looks for the shortest stream that still fails, by leaving out captures, chunks and messages.
struct StreamShrinker {
    let fails: (CameraStream) -> Bool

    func shrink(_ stream: CameraStream) -> CameraStream {
        var best = stream
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for candidate in Candidates(best) where fails(candidate) {
                best = candidate
                isSmaller = true
                break
            }
        }
        return best
    }

    /// All that are one step smaller, the large steps first.
    private struct Candidates: Sequence, IteratorProtocol {
        private let stream: CameraStream
        private var capture: Int
        private var chunk = 0
        private var length: Int
        private var start = 0

        init(_ stream: CameraStream) {
            self.stream = stream
            capture = stream.captures.count - 1
            length = Swift.max(1, stream.events.count / 2)
        }

        mutating func next() -> CameraStream? {
            if capture >= 0 {
                defer { capture -= 1 }
                return stream.without(capture: capture)
            }
            if let most = stream.captures.map(\.count).max(), most > 1, chunk < most {
                defer { chunk += 1 }
                return stream.without(chunk: chunk)
            }
            while length >= 1 {
                if start + length <= stream.events.count {
                    defer { start += Swift.max(1, length / 2) }
                    var smaller = stream
                    smaller.events.removeSubrange(start..<start + length)
                    return smaller
                }
                length = length == 1 ? 0 : (length + 1) / 2
                start = 0
            }
            return nil
        }
    }
}

extension CameraStream {
    fileprivate func without(capture gone: Int) -> CameraStream {
        var stream = self
        stream.captures.remove(at: gone)
        stream.events = events.compactMap { event in
            guard case .message(let capture, let index, let packet) = event else { return event }
            return capture == gone ? nil : .message(capture: capture > gone ? capture - 1 : capture, index: index, packet: packet)
        }
        return stream
    }

    /// Without that chunk of every capture that has others.
    fileprivate func without(chunk gone: Int) -> CameraStream {
        var stream = self
        let shorter = captures.map { $0.count > 1 && $0.count > gone }
        for capture in captures.indices where shorter[capture] { stream.captures[capture].remove(at: gone) }
        stream.events = events.compactMap { event in
            guard case .message(let capture, let index, let packet) = event, shorter[capture] else { return event }
            return index == gone ? nil : .message(capture: capture, index: index > gone ? index - 1 : index, packet: packet)
        }
        return stream
    }
}
