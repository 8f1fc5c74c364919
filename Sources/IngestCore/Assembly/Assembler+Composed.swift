/// Captures whose chunks met elsewhere: whole when they come here, one chunk after the other, and judged there.
extension Assembler {
    /// Takes the chunk that was decoded into the staged room as part of such a capture. Chunk 0 begins it, whatever was open under its
    /// name; a part of it that a crash left behind, for one.
    ///
    /// - Precondition: something is staged with an image id; chunks come in order.
    package mutating func acceptComposed(index: Int, total: Int, shape: ChunkShape, digest: UInt64, now: Instant) -> Outcome {
        guard let staging, let imageID = staging.imageID else { preconditionFailure("a composed chunk without its name") }
        let camera = staging.camera
        remembered = nil
        if index == 0 { dropComposed(camera, imageID, now: now) }
        let arrival = Arrival(
            camera: camera, imageID: imageID, index: index, total: total, shape: shape, digest: digest, packet: 0, now: now,
            ticks: clock.ticks(at: now), sessionName: nil,
            key: MessageHistory.key(digest: digest, shape: shape, index: index, total: total, idHash: SessionName.hash(imageID)))
        cameras.heard(camera)
        defer { discard() }
        guard makeRoom(for: arrival) else { return Outcome(disposition: .full) }
        if let capture = openCapture(of: camera, imageID: imageID) {
            // Less than a whole one would be left of it.
            guard index > 0, captures[capture].kept == index, captures[capture].total == total else {
                return Outcome(disposition: .refused(.indexRange))
            }
            return composed(take(arrival, in: capture), capture, arrival)
        }
        guard index == 0 else { return Outcome(disposition: .refused(.indexRange)) }
        let capture = open(arrival)
        captures[capture].runStarted = arrival.ticks
        return composed(take(arrival, in: capture, opened: true), capture, arrival)
    }

    private mutating func composed(_ outcome: Outcome, _ capture: CaptureID, _ arrival: Arrival) -> Outcome {
        var outcome = outcome
        if outcome.disposition == .taken { outcome.completed = finishIfWhole(capture, arrival) }
        return outcome
    }

    /// Lets go of what was taken of a capture so far: it is where it was.
    package mutating func dropComposed(_ camera: CameraIndex, imageID: String, now: Instant) {
        discard()
        guard isKnown(camera) else { return }
        dropComposed(camera.record, imageID, now: now)
    }

    private mutating func dropComposed(_ camera: CameraID, _ imageID: String, now: Instant) {
        guard let capture = openCapture(of: camera, imageID: imageID) else { return }
        captures[capture].isReported = true
        abandon(capture, .evicted, now: now)
    }
}
