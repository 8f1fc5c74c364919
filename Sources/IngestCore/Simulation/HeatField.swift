/// What a thermal camera sees: a warm gradient, a few hot spots that drift, and the noise of the sensor.
package struct HeatField: Sendable {
    private struct Spot {
        /// In fractions of the picture's width.
        let x, y, drift, radius: Double
        let heat: Double
    }

    private let spots: [Spot]

    /// A scene of its own for each `scene` number.
    package init(scene: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed, stream: scene)
        spots = (0..<Int.random(in: 3...5, using: &random)).map { _ in
            Spot(
                x: .random(in: 0.1...0.9, using: &random), y: .random(in: 0.1...0.65, using: &random),
                drift: .random(in: -0.15...0.15, using: &random), radius: .random(in: 0.04...0.12, using: &random),
                heat: .random(in: 0.3...0.8, using: &random)
            )
        }
    }

    /// Heat from 0 (coldest) to 255, row by row.
    /// - Parameter phase: from 0 to 1, once around the spots' way; they end where they began.
    package func pixels(width: Int, height: Int, phase: Double, using random: inout SeededRandom) -> [UInt8] {
        // From -1 to 1 and back, smooth at neither end, which a picture does not show.
        let sway = abs(phase * 4 - 2) - 1
        var pixels = [UInt8]()
        pixels.reserveCapacity(width * height)
        var noise: UInt64 = 0
        for row in 0..<height {
            let y = Double(row) / Double(width)
            for column in 0..<width {
                let x = Double(column) / Double(width)
                var heat = 0.12 + 0.15 * y
                for spot in spots {
                    let (dx, dy) = (x - spot.x - spot.drift * sway, y - spot.y)
                    let near = spot.radius * spot.radius
                    heat += spot.heat * near / (near + dx * dx + dy * dy)
                }
                if column % 8 == 0 { noise = random.next() }
                let grain = Double(noise & 0xff) / 255 - 0.5
                noise >>= 8
                pixels.append(UInt8(max(0, min(255, heat * 200 + grain * 12))))
            }
        }
        return pixels
    }
}
