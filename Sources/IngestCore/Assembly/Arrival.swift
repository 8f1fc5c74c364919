/// One chunk that was decoded, at the moment it is judged.
struct Arrival {
    let camera: CameraID
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

    /// In its camera's history.
    var key: UInt64 = 0
    var hearing = MessageHistory.Hearing.news
    var endsReading = false
    var readsAnew = false
    /// What was told again before it may have been news.
    var endsInDoubt = false
    /// Nothing was told again before it.
    var beginsReading = false
    /// It is news that overtook others, while something was told again.
    var isStray = false
    /// The broker may repeat from anywhere: it is the first message of a connection.
    var stepsBack = false

    /// Messages of QoS 1 have a packet identifier, and may have overtaken each other: their client sends them until they came.
    var mayOvertake: Bool { packet != 0 }
    var isNews: Bool { hearing == .news }
}
