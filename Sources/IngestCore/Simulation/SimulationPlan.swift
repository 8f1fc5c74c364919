/// What simulated cameras are to do.
package struct SimulationPlan: Equatable, Sendable {
    package var cameras = 1
    /// Pictures of each camera.
    package var images = 1
    /// Chunks of a camera's pictures, in turn: picture `n` has `totals[n % totals.count]`.
    package var totals = [1]
    /// From the beginning of a picture to the beginning of the same camera's next; zero is as fast as it goes.
    package var interval = Duration.zero
    /// How likely a chunk is never sent, from 0 to 1.
    package var drop = 0.0
    /// How likely a chunk that is sent is sent twice.
    package var repeats = 0.0
    /// How likely a picture equals the same camera's picture before it, byte for byte, as of a scene where nothing happens.
    package var still = 0.0
    package var seed: UInt64 = 0

    package init() {}
}
