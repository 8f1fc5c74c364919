@testable import IngestCore

/// A region of pieces, each of its own array and filled with a byte that no decoder wrote.
struct ScatteredBytes: ByteRegion {
    static let untouched: UInt8 = 0xa5

    private var pieces: [[UInt8]]
    private let starts: [Int]
    let count: Int

    init(count: Int, pieceSizes: (Int) -> Int) {
        var pieces = [[UInt8]]()
        var starts = [Int]()
        var start = 0
        while start < count {
            let size = min(max(pieceSizes(pieces.count), 1), count - start)
            pieces.append([UInt8](repeating: Self.untouched, count: size))
            starts.append(start)
            start += size
        }
        self.pieces = pieces
        self.starts = starts
        self.count = count
    }

    init(count: Int, pieceSize: Int = 4096) { self.init(count: count) { _ in pieceSize } }

    var bytes: [UInt8] { pieces.flatMap { $0 } }

    mutating func withPiece<R, E: Error>(at offset: Int, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        precondition((0..<count).contains(offset))
        var (index, end) = (0, starts.count)
        while end - index > 1 {
            let middle = (index + end) / 2
            if starts[middle] <= offset { index = middle } else { end = middle }
        }
        var whole = pieces[index].mutableSpan
        var piece = whole._mutatingExtracting((offset - starts[index])...)
        return try body(&piece)
    }
}
