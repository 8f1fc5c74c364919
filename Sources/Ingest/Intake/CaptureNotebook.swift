import IngestCore

/// What is noted of captures beside their chunks, until their pictures are made. Used by the intake thread alone.
///
/// Bounded by the captures that the pool and the journal hold: of one that is gone nothing stays beyond a sweep.
struct CaptureNotebook {
    private struct Page {
        var notes: CaptureNotes
        /// Of chunks that came again, from the last chunk 0 on: where a static scene's next capture turns out to own them, these are
        /// its notes.
        var again: CaptureNotes?
    }

    private var pages: [CaptureHandle: Page] = [:]
    private var sweepAt = 256

    /// The capture took a chunk.
    /// - Returns: what is to be written down before it, if anything changed.
    mutating func took(
        _ index: Int, of capture: CaptureHandle, _ members: PayloadMembers, in payload: Span<UInt8>, at moment: Timestamp
    ) -> CaptureNotes? {
        guard var page = pages[capture] else {
            var notes = CaptureNotes(firstChunkAt: moment)
            _ = notes.add(members, of: index, in: payload)
            pages[capture] = Page(notes: notes)
            return notes
        }
        guard !members.isEmpty, page.notes.add(members, of: index, in: payload) else { return nil }
        pages[capture] = page
        return page.notes
    }

    /// The same in share mode, where what came with each chunk was kept with it.
    mutating func took(_ notes: CaptureNotes, of capture: CaptureHandle) -> CaptureNotes {
        var all = pages[capture]?.notes ?? notes
        all.merge(notes)
        pages[capture] = Page(notes: all)
        return all
    }

    /// A chunk came that the capture has.
    mutating func cameAgain(
        _ index: Int, of capture: CaptureHandle, _ members: PayloadMembers, in payload: Span<UInt8>, at moment: Timestamp
    ) {
        guard var page = pages[capture], index == 0 || page.again != nil else { return }
        var again = page.again ?? CaptureNotes(firstChunkAt: moment)
        if index == 0 { again = CaptureNotes(firstChunkAt: moment) }
        _ = again.add(members, of: index, in: payload)
        page.again = again
        pages[capture] = page
    }

    /// Another capture has the number of this one now, and its first chunks.
    /// - Returns: what is to be written down of it.
    mutating func succeeded(_ capture: CaptureHandle) -> CaptureNotes? {
        guard let page = pages[capture] else { return nil }
        let notes = page.again ?? page.notes
        pages[capture] = Page(notes: notes)
        return notes
    }

    mutating func restore(_ notes: CaptureNotes, of capture: CaptureHandle) { pages[capture] = Page(notes: notes) }

    mutating func forget(_ capture: CaptureHandle) { pages[capture] = nil }

    func notes(of capture: CaptureHandle) -> CaptureNotes? { pages[capture]?.notes }

    /// Forgets captures that ended without a word, now and then.
    mutating func sweep(_ isKnown: (CaptureHandle) -> Bool) {
        guard pages.count >= sweepAt else { return }
        pages = pages.filter { isKnown($0.key) }
        sweepAt = max(256, 2 * pages.count)
    }
}
