/// How each kind of record is written. Every function answers where in the buffer the record lies.
extension JournalBuffer {
    /// The fixed part, the names and the state of a chunk; the caller appends its data, `dataCount` bytes, and ends it.
    package mutating func beginChunk(_ chunk: ChunkRecord, of camera: CameraUID, _ sequence: UInt64) {
        let (shape, remembered) = (chunk.shape, chunk.remembered)
        begin(.chunk, sequence: sequence)
        put(chunk.capture.serial)
        put(chunk.digest)
        put(chunk.arrived.milliseconds)
        put(UInt32(truncatingIfNeeded: shape.head))
        put(UInt32(truncatingIfNeeded: shape.middle))
        put(UInt32(truncatingIfNeeded: chunk.dataCount))
        put(UInt32(truncatingIfNeeded: chunk.index))
        put(UInt32(truncatingIfNeeded: chunk.total))
        put(UInt8(truncatingIfNeeded: shape.headPadding | shape.rest << 2 | shape.restPadding << 4))
        put(UInt8((chunk.isKept ? 1 : 0) | (chunk.source == .camera ? 2 : 0) | (chunk.isCutAnew ? 4 : 0)))
        put(chunk.packet)
        put(remembered.map { $0.flags | 1 } ?? 0)
        put(remembered?.message.tag ?? 0)
        put(remembered?.message.fate ?? 0)
        put(UInt16(truncatingIfNeeded: camera.text.utf8.count))
        put(UInt16(truncatingIfNeeded: chunk.topic.count))
        put(UInt16(truncatingIfNeeded: chunk.imageID.utf8.count))
        put(camera.text)
        append(chunk.topic.span)
        put(chunk.imageID)
        put(chunk.state)
    }

    private mutating func put(_ state: CaptureState) {
        put(state.touched)
        put(state.runStarted)
        put(UInt32(truncatingIfNeeded: state.runNext))
        put(state.tag)
        var flags: UInt8 = state.keepsNothing ? 1 : 0
        if state.isEcho { flags |= 2 }
        if state.isReported { flags |= 4 }
        if state.isDoomed { flags |= 8 }
        if state.isElder { flags |= 16 }
        if state.isRewound { flags |= 32 }
        if state.hasMarks { flags |= 64 }
        if state.isWhole { flags |= 128 }
        put(flags)
        put(UInt16(truncatingIfNeeded: state.echoOf.count))
        put(UInt16(truncatingIfNeeded: state.dropped.count))
        for tag in state.echoOf { put(tag) }
        for range in state.dropped { put(range) }
        guard state.hasMarks else { return }
        put(Int64(state.past))
        put(state.successor)
        for slots in [state.doubtful, state.ahead, state.again, state.inherited, state.needs] {
            var ranges: [ClosedRange<Int>] = []
            for slot in slots { ranges.join(slot) }
            put(UInt16(truncatingIfNeeded: ranges.count))
            for range in ranges { put(range) }
        }
    }

    private mutating func put(_ range: ClosedRange<Int>) {
        put(UInt32(truncatingIfNeeded: range.lowerBound))
        put(UInt32(truncatingIfNeeded: range.upperBound))
    }

    package mutating func write<C: JournalChecksum>(_ state: CaptureState, of capture: UInt64, _ sequence: UInt64, _: C.Type) -> Range<Int>
    {
        begin(.state, sequence: sequence)
        put(capture)
        put(state)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        ended capture: UInt64, _ end: CaptureEnd, camera: CameraUID?, tag: UInt16, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.ended, sequence: sequence)
        put(capture)
        put(end.rawValue)
        put(tag)
        put(UInt16(truncatingIfNeeded: camera?.text.utf8.count ?? 0))
        put(camera?.text ?? "")
        return self.end(C.self)
    }

    package mutating func write<C: JournalChecksum>(_ finished: JournaledPicture, _ sequence: UInt64, _: C.Type) -> Range<Int> {
        begin(.picture, sequence: sequence)
        put(finished)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        begun: JournaledPicture, isStored: Bool, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.begun, sequence: sequence)
        put(UInt8(isStored ? 1 : 0))
        put(begun)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(_ finished: FinishedCapture, _ sequence: UInt64, _: C.Type) -> Range<Int> {
        begin(.finished, sequence: sequence)
        put(finished.capture)
        put(finished.memory.completed)
        put(Int64(finished.memory.message))
        put(finished.memory.idHash)
        append(contentsOf: finished.memory.checksum)
        put(finished.camera.text)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        _ arrivals: [Remembered], of camera: CameraUID, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.arrivals, sequence: sequence)
        put(arrivals.last?.heard ?? 0)
        put(UInt16(truncatingIfNeeded: camera.text.utf8.count))
        put(camera.text)
        for it in arrivals {
            put(it.message)
            put(it.flags)
        }
        return end(C.self)
    }

    private mutating func put(_ finished: JournaledPicture) {
        let picture = finished.picture
        put(finished.capture)
        put(finished.completed)
        put(Int64(finished.messages))
        put(picture.recordedAt.milliseconds)
        put(Int64(picture.size))
        put(UInt32(truncatingIfNeeded: picture.chunks))
        put(UInt8(picture.imageIDSource == .camera ? 1 : 0))
        put(UInt8(ContentType.allCases.firstIndex(of: picture.contentType) ?? 0))
        let texts = [picture.camera.text, picture.topic, picture.imageID, picture.bucket, picture.key, finished.distinctKey]
        for text in texts { put(UInt16(truncatingIfNeeded: text.utf8.count)) }
        append(contentsOf: finished.checksum)
        for text in texts { put(text) }
        put(picture.notes.text)
    }

    package mutating func write<C: JournalChecksum>(
        _ remembered: Remembered, of camera: CameraUID, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.arrival, sequence: sequence)
        put(remembered.message)
        put(remembered.flags)
        put(remembered.heard)
        put(UInt16(truncatingIfNeeded: camera.text.utf8.count))
        put(camera.text)
        return end(C.self)
    }

    private mutating func put(_ message: CameraMemory.Message) {
        put(message.key)
        put(message.tag)
        put(message.fate)
        put(message.packet)
    }

    package mutating func write<C: JournalChecksum>(_ memory: JournaledMemory, _ sequence: UInt64, _: C.Type) -> Range<Int> {
        begin(.camera, sequence: sequence)
        put(memory.heard)
        put(Int64(memory.history.end))
        put(Int64(memory.history.reading ?? -1))
        put(memory.nextTag)
        put(UInt16(truncatingIfNeeded: memory.camera.text.utf8.count))
        put(UInt32(truncatingIfNeeded: memory.history.count))
        put(UInt32(truncatingIfNeeded: memory.history.pending.count))
        let told: UInt32 = (memory.history.mayStep ? 1 << 30 : 0) | (memory.history.isLoose ? 1 << 31 : 0)
        put(UInt32(truncatingIfNeeded: memory.finished.count) | told)
        put(memory.camera.text)
        memory.history.forEach { put($0) }
        for message in memory.history.pending { put(message) }
        for finished in memory.finished {
            append(contentsOf: finished.checksum)
            put(finished.idHash)
            put(finished.completed)
            put(Int64(finished.message))
        }
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        tally fate: Account.Fate, at place: Account.Place, of capture: UInt64, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.tally, sequence: sequence)
        put(capture)
        put(place.hour)
        put(fate.rawValue)
        put(place.camera.text)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        _ counts: Account.Counts, at place: Account.Place, generation: UInt64, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.account, sequence: sequence)
        put(place.hour)
        put(generation)
        for value in counts.values { put(UInt32(clamping: value)) }
        put(place.camera.text)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(left keys: some Sequence<UInt64>, _ sequence: UInt64, _: C.Type) -> Range<Int> {
        begin(.left, sequence: sequence)
        for key in keys { put(key) }
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        archived generation: UInt64, but hour: Int64?, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.archived, sequence: sequence)
        put(generation)
        put(hour ?? -1)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        _ notes: CaptureNotes, of capture: UInt64, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.notes, sequence: sequence)
        put(capture)
        put(notes.text)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        clock ticks: Int64, nextCapture: UInt64, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.clock, sequence: sequence)
        put(ticks)
        put(nextCapture)
        return end(C.self)
    }
}
