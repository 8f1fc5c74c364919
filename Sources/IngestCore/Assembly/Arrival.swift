/// One chunk that was decoded, at the moment it is judged.
struct Arrival {
    let camera: Int
    /// Nil without one from the camera.
    let imageID: String?
    let index: Int
    let total: Int
    let shape: ChunkShape
    let digest: UInt64
    /// The packet identifier it came with; 0 for none. A broker repeats a message under its own (MQTT 5.0, 4.4).
    let packet: UInt16
    let now: Instant
    /// `now` on the connected clock.
    let ticks: Int64
    /// What a session that it opens is called, when the journal has a name for it.
    var sessionName: String?

    func key(idHash: UInt64) -> UInt64 { ArrivalRing.key(digest: digest, shape: shape, index: index, total: total, idHash: idHash) }
}
