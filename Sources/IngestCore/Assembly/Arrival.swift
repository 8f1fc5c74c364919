/// One chunk that was decoded, at the moment it is judged.
struct Arrival {
    let camera: Int
    /// Nil without one from the camera.
    let imageID: String?
    let index: Int
    let total: Int
    let shape: ChunkShape
    let digest: UInt64
    let now: Instant
    /// `now` on the connected clock.
    let ticks: Int64
    /// What a session that it opens shall be called, in a replay.
    let sessionName: String?

    func key(idHash: UInt64) -> UInt64 { ArrivalRing.key(digest: digest, shape: shape, index: index, total: total, idHash: idHash) }
}
