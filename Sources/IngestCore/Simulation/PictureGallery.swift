/// The pictures of simulated cameras, each of the size asked for to the byte.
///
/// Frames are rendered once and shared: a few scenes, each in a few moments of one round. Stamp and noise tell apart what shares a frame.
package struct PictureGallery: Sendable {
    /// In bytes, of every picture.
    package let size: Int
    private let seed: UInt64
    private let scenes: Int
    private let moments: Int
    private var frames: [Int: JPEGEncoder.Frame] = [:]

    /// Frames together stay below about this, whatever the size of one.
    private static let memory = 64 << 20
    private static let stampLength = 56

    /// - Precondition: `size > 0`.
    package init(size: Int, seed: UInt64) {
        self.size = size
        self.seed = seed
        let frames = max(1, min(32, Self.memory / size))
        scenes = min(4, frames)
        moments = frames / scenes
    }

    /// - Parameter moment: the number of the picture among the camera's; equal moments of a camera give equal pictures.
    package mutating func picture(camera: Int, moment: Int) -> SimulatedPicture {
        let number = camera % scenes * moments + moment % moments
        let frame = frames[number] ?? render(scene: camera % scenes, moment: moment % moments)
        frames[number] = frame
        var random = SeededRandom(seed: seed, stream: camera, moment)
        return SimulatedPicture(frame, stamp: stamp(camera: camera, moment: moment), seed: random.next())
    }

    private func stamp(camera: Int, moment: Int) -> [UInt8] {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        // The first bytes differ most, for pictures that have no room for the rest.
        var random = SeededRandom(seed: seed, stream: camera, moment)
        let text = "\(hex(random.next(), 16)) simulated \(hex(seed, 16)) \(hex(UInt64(camera), 4)) \(hex(UInt64(moment), 6))"
        return Array(text.utf8.prefix(min(Self.stampLength, size)))
    }

    /// The finest picture that fits.
    private func render(scene: Int, moment: Int) -> JPEGEncoder.Frame {
        var random = SeededRandom(seed: seed, stream: scene, moment)
        let field = HeatField(scene: scene, seed: seed)
        for (width, height) in [(640, 480), (320, 240), (160, 120), (80, 64), (32, 24), (8, 8)] where width * height / 6 <= size {
            let pixels = field.pixels(width: width, height: height, phase: Double(moment) / Double(moments), using: &random)
            for quality in [95, 85, 70, 50, 25] {
                let encoder = JPEGEncoder(width: width, height: height, quality: quality, stampLength: Self.stampLength)
                if let frame = encoder.frame(of: pixels, size: size, using: &random) { return frame }
            }
        }
        // No JPEG is that small.
        return JPEGEncoder.Frame(bytes: (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }, stampStart: 0)
    }
}
