import IngestCore

/// The posts of all workers this gateway has.
struct WorkerPosts: Sendable {
    let intake = WorkerPost("intake")
    let journal = WorkerPost("journal")
    let upload = WorkerPost("upload")
    let record = WorkerPost("record")
    let spool = WorkerPost("spool")
    let redis = WorkerPost("redis")
    let http = WorkerPost("http")
    /// Those that go on with a new configuration.
    let adopting: [WorkerPost]
    /// Those that must get on.
    let watched: [WorkerPost]

    init(_ configuration: Configuration) {
        adopting = [intake, upload, record, spool] + (configuration.redis == nil ? [] : [redis])
        watched = adopting + (configuration.journal.enabled ? [journal] : []) + (configuration.http.listen.isEmpty ? [] : [http])
    }
}
