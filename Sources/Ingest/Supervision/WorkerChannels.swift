import IngestCore

/// The channels of all workers this gateway has.
struct WorkerChannels: Sendable {
    let intake = WorkerChannel("intake")
    let journal = WorkerChannel("journal")
    let upload = WorkerChannel("upload")
    let record = WorkerChannel("record")
    let spool = WorkerChannel("spool")
    let redis = WorkerChannel("redis")
    let http = WorkerChannel("http")
    /// Those that go on with a new configuration.
    let adopting: [WorkerChannel]
    /// Those that must get on.
    let watched: [WorkerChannel]

    init(_ configuration: Configuration) {
        adopting = [intake, upload, record, spool] + (configuration.redis == nil ? [] : [redis])
        watched = adopting + (configuration.journal.enabled ? [journal] : []) + (configuration.http.listen.isEmpty ? [] : [http])
    }
}
