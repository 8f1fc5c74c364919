import IngestCore
import Platform

/// Looks for an image id among the spool's files, for pictures older than this gateway's memory, and where they have none in Redis and the
/// table. Each search has a short-lived thread, and there is one search at a time: a spool of a million entries takes seconds to look through.
final class SpoolSearch: Sendable {
    private struct State {
        var isBusy = false
        /// Of the last search, until the next one joins it.
        var thread: NamedThread?
    }

    private let directory: String
    private let backends: BackendSearch?
    private let state = Monitor(State())

    init(_ directory: String, backends: BackendSearch? = nil) {
        self.directory = directory
        self.backends = backends
    }

    /// - Parameters:
    ///   - inSpool: whether anything may be there.
    ///   - found: given what there is, on the search's own thread; must not block.
    /// - Returns: false when another search is under way.
    func begin(
        _ imageID: String, camera: CameraUID?, inSpool: Bool = true, found: @escaping @Sendable (BackendSearch.Findings) -> Void
    ) -> Bool {
        let last: NamedThread?? = state.update { state in
            guard !state.isBusy else { return .none }
            state.isBusy = true
            defer { state.thread = nil }
            return .some(state.thread)
        }
        guard let last else { return false }
        last?.join()
        do throws(SystemError) {
            let thread = try NamedThread("search") { [self] in
                let spooled = inSpool ? look(for: imageID, camera: camera) : []
                found(spooled.isEmpty ? backends?.look(for: imageID, camera: camera) ?? .init() : .init(images: spooled))
                state.update { $0.isBusy = false }
            }
            state.update { $0.thread = thread }
            return true
        } catch {
            state.update { $0.isBusy = false }
            return false
        }
    }

    private func look(for imageID: String, camera: CameraUID?) -> [ImageBoard.Image] {
        let store = SpoolStore.local(directory)
        var newest: [CameraUID: ImageBoard.Image] = [:]
        for place in (try? store.find(imageID)) ?? [] {
            guard let record = (try? store.load(place.name, in: place.area))?.record, record.picture.imageID == imageID else { continue }
            let picture = record.picture
            guard camera == nil || camera == picture.camera else { continue }
            if let other = newest[picture.camera]?.recordedAt, other > picture.recordedAt { continue }
            var image = ImageBoard.Image(picture, place.area == .pending ? .spooled : .quarantined)
            image.foundIn = .spool
            image.reason = place.area == .quarantine ? record.lastError : nil
            newest[picture.camera] = image
        }
        return newest.values.sorted { $0.camera.text < $1.camera.text }
    }
}
