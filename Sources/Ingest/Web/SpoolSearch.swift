import Clients
import IngestCore
import Platform

/// Looks for an image id, or for a camera's newest picture, among the spool's files, for pictures older than this gateway's memory, and
/// where they have none in Redis and the table. Searches have one short-lived thread and take turns: a spool of a million entries takes
/// seconds to look through.
final class SpoolSearch: Sendable {
    /// Waiting; beyond that people are asked to come again.
    static let most = 32
    /// How long a camera's newest entry is looked for, so that there is time left for the table.
    private static let patience = Duration.milliseconds(500)

    private struct Job {
        /// Nobody waits any longer.
        let until: Instant
        let run: @Sendable () -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isBusy = false
        /// Of the last searches, until the next one joins it.
        var thread: NamedThread?
    }

    /// What is known of a camera's newest picture.
    enum Newest: Sendable {
        case spooled(Picture)
        case stored(Picture)
        /// There is none.
        case none
        /// Nobody knows, and why.
        case unknown(String)
    }

    private let directory: String
    private let backends: BackendSearch?
    private let state = Monitor(State())

    init(_ directory: String, backends: BackendSearch? = nil) {
        self.directory = directory
        self.backends = backends
    }

    /// - Parameters:
    ///   - until: what has not begun by then never does.
    ///   - inSpool: whether anything may be there.
    ///   - found: given what there is, on the search's own thread; must not block.
    /// - Returns: false when too many searches wait.
    func begin(
        _ imageID: String, camera: CameraUID?, until: Instant, inSpool: Bool = true,
        found: @escaping @Sendable (BackendSearch.Findings) -> Void
    ) -> Bool {
        begin(until: until) { [self] in
            let spooled = inSpool ? look(for: imageID, camera: camera) : []
            found(spooled.isEmpty ? backends?.look(for: imageID, camera: camera) ?? .init() : .init(images: spooled))
        }
    }

    /// A camera's newest picture; arguments as in the other. The table may have a newer one than the spool, for live pictures pass it by.
    func newest(of camera: CameraUID, until: Instant, found: @escaping @Sendable (Newest) -> Void) -> Bool {
        begin(until: until) { [self] in
            let store = SpoolStore.local(directory)
            let (spooled, isSure) = store.newest(of: camera, until: .current + Self.patience)
            do throws(PostgresError) {
                let stored = try backends?.newest(of: camera)
                if let stored, spooled.map({ $0.recordedAt < stored.recordedAt }) ?? true { return found(.stored(stored)) }
                found(spooled.map { .spooled($0) } ?? (isSure ? .none : .unknown("the spool is large, or cannot be read; ask again")))
            } catch {
                found(spooled.map { .spooled($0) } ?? .unknown("not known here, and the table could not be asked: \(error)"))
            }
        }
    }

    private func begin(until: Instant, _ run: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, mustStart, last) = state.update { state in
            guard state.jobs.count < Self.most else { return (false, false, NamedThread?.none) }
            state.jobs.append(Job(until: until, run: run))
            guard !state.isBusy else { return (true, false, nil) }
            state.isBusy = true
            defer { state.thread = nil }
            return (true, true, state.thread)
        }
        guard mustStart else { return isTaken }
        last?.join()
        do throws(SystemError) {
            let thread = try NamedThread("search") { [self] in while let job = next() { job.run() } }
            state.update { $0.thread = thread }
            return true
        } catch {
            state.update { $0 = State() }
            return false
        }
    }

    private func next() -> Job? {
        state.update { state in
            state.jobs.removeAll { $0.until < .current }
            if state.jobs.isEmpty { state.isBusy = false }
            return state.jobs.isEmpty ? nil : state.jobs.removeFirst()
        }
    }

    private func look(for imageID: String, camera: CameraUID?) -> [PublishedImages.Image] {
        let store = SpoolStore.local(directory)
        var newest: [CameraUID: PublishedImages.Image] = [:]
        for place in store.find(imageID) {
            guard let record = (try? store.load(place.name, in: place.area))?.record, record.picture.imageID == imageID else { continue }
            let picture = record.picture
            guard camera == nil || camera == picture.camera else { continue }
            if let other = newest[picture.camera]?.recordedAt, other > picture.recordedAt { continue }
            var image = PublishedImages.Image(picture, place.area == .pending ? .spooled : .quarantined)
            image.foundIn = .spool
            image.reason = place.area == .quarantine ? record.lastError : nil
            newest[picture.camera] = image
        }
        return newest.values.sorted { $0.camera.text < $1.camera.text }
    }
}
