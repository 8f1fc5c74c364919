import IngestCore

/// Share mode: a capture whose chunks met in Redis comes into the pool.
extension ChunkIntake {
    enum Composition: Equatable {
        case taken
        /// That was the last chunk.
        case completed(CaptureHandle)
        /// There is no room now.
        case full
        /// It is no picture; told already where that could be.
        case spoilt(Abandonment)
    }

    /// Takes chunk `index` of a capture; chunks come in order, from 0. Whatever ends it early, `dropComposed` clears away.
    func compose(
        _ place: SharedPlace, index: Int, total: Int, text: [UInt8], notes: CaptureNotes?, topic: [UInt8], now: Instant
    ) -> Composition {
        let camera = assembler.camera(for: place.camera, now: now)
        switch assembler.stage(
            camera, imageID: place.imageID, index: index, room: Base64Decoder.roomNeeded(textLength: text.count), now: now)
        {
        case .granted: break
        case .full: return .full
        case .tooLarge: return .spoilt(.tooLarge)
        }
        let chunk: DecodedChunk
        do throws(Refusal) {
            var region = assembler.stagedRegion(of: slabs)
            chunk = try Base64Decoder.decode(0..<text.count, of: text.span, into: &region, first: index == 0, last: index == total - 1)
        } catch {
            assembler.discard()
            return .spoilt(.base64)
        }
        let outcome = assembler.acceptComposed(index: index, total: total, shape: chunk.shape, digest: chunk.digest, now: now)
        noteEvents(now: now)
        if outcome.disposition == .taken, let capture = outcome.capture, let notes {
            let changed = notebook.took(notes, of: capture)
            write(changed, of: capture, now: now)
        }
        write(outcome, index: index, total: total, chunk, of: camera, topic: topic, now: now)
        switch outcome.disposition {
        case .taken:
            if outcome.completed, let capture = outcome.capture { return .completed(capture) }
            return .taken
        case .full: return .full
        case .refused(.tooLarge): return .spoilt(.tooLarge)
        case .refused, .noted, .repeated: return .spoilt(.base64)
        }
    }

    func dropComposed(_ place: SharedPlace, now: Instant) {
        assembler.dropComposed(assembler.camera(for: place.camera, now: now), imageID: place.imageID, now: now)
        noteEvents(now: now)
    }
}
