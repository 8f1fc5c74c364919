import Clients
import IngestCore
import Platform

// MARK: - The page and what it shows

extension Routes {
    /// What the address asks for counts before what the browser prefers.
    func language(for request: HTTPRequest) -> PageLanguage {
        request.parameter("lang").flatMap { PageLanguage(rawValue: $0) } ?? PageLanguage(accepting: request.acceptLanguage)
    }

    /// - Parameter wanted: cameras are shown whose uid contains it, whatever the case.
    func overview(of wanted: String) -> OverviewAnswer {
        let (intake, history, figures) = (intake.current, rates.current, spool.current)
        var known = cameras.all
        let count = known.count
        if !wanted.isEmpty {
            let text = wanted.lowercased()
            known.removeAll { !$0.camera.uid.text.lowercased().contains(text) }
        }
        return OverviewAnswer(
            name: configuration.mqtt.clientID, version: Version.current,
            now: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()).rfc3339,
            health: HealthAnswer(health, bucket: configuration.s3.bucket), spool: SpoolAnswer(figures), capacity: figures.capacity,
            available: figures.available,
            totals: OverviewAnswer.Counts(
                chunks: history.totals.chunks, pictures: history.totals.pictures, stored: history.totals.stored,
                incomplete: history.totals.incomplete, refused: intake.rejected.values.reduce(0, +)
            ),
            minutes: OverviewAnswer.Minutes(
                pictures: history.past.map(\.pictures), stored: history.past.map(\.stored), incomplete: history.past.map(\.incomplete)
            ),
            isClockSynchronised: KernelClock.isSynchronised,
            cameras: known.prefix(OverviewAnswer.mostCameras).map { OverviewAnswer.Camera($0.camera, $0.capture) },
            cameraCount: count
        )
    }
}
