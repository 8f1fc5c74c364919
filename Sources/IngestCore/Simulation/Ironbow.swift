/// The palette of thermal pictures: black over violet, red and yellow to white.
enum Ironbow {
    /// Red, green and blue of each heat from 0 to 255.
    static let colours: [SIMD3<Float>] = (0..<256).map { heat in
        let position = Float(heat) / 255 * Float(stops.count - 1)
        let lower = min(Int(position), stops.count - 2)
        return stops[lower] + (stops[lower + 1] - stops[lower]) * (position - Float(lower))
    }

    private static let stops: [SIMD3<Float>] = [
        [0, 0, 12], [44, 0, 128], [140, 0, 156], [214, 40, 72], [240, 112, 8], [252, 190, 24], [255, 255, 244],
    ]
}
