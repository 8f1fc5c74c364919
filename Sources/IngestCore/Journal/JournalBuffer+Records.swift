/// How each kind of record is written. Every function answers where in the buffer the record lies.
extension JournalBuffer {
    /// The fixed part and the names of a chunk; the caller appends `dataCount` bytes of data, and ends it.
    package mutating func beginChunk(
        _ sequence: UInt64, capture: CaptureHandle, camera: CameraUID, topic: Span<UInt8>, imageID: String, source: ImageIDSource,
        index: Int,
        total: Int, shape: ChunkShape, digest: UInt64, state: CaptureState, arrived: Timestamp, dataCount: Int, isKept: Bool,
        isRemembered: Bool, packet: UInt16
    ) {
        begin(.chunk, sequence: sequence)
        put(capture.serial)
        put(digest)
        put(state.touched)
        put(state.runStarted)
        put(arrived.milliseconds)
        put(UInt32(truncatingIfNeeded: shape.head))
        put(UInt32(truncatingIfNeeded: shape.middle))
        put(UInt8(truncatingIfNeeded: shape.headPadding | shape.rest << 2 | shape.restPadding << 4))
        var flags: UInt8 = isKept ? 1 : 0
        if source == .camera { flags |= 2 }
        if state.isEcho { flags |= 4 }
        if state.isReported { flags |= 8 }
        if state.isDoomed { flags |= 16 }
        if isRemembered { flags |= 32 }
        if packet != 0 { flags |= 64 }
        put(flags | 128)
        put(UInt16(truncatingIfNeeded: camera.text.utf8.count))
        put(UInt16(truncatingIfNeeded: topic.count))
        put(UInt16(truncatingIfNeeded: imageID.utf8.count))
        put(UInt32(truncatingIfNeeded: index))
        put(UInt32(truncatingIfNeeded: total))
        put(UInt32(truncatingIfNeeded: state.runNext))
        put(UInt32(truncatingIfNeeded: dataCount))
        put(state.tag)
        put(UInt16(truncatingIfNeeded: state.echoOf.count))
        put(state.doubtful.map { UInt32(truncatingIfNeeded: $0) } ?? .max)
        put(state.cut.map { UInt32(truncatingIfNeeded: $0) } ?? .max)
        put(camera.text)
        append(topic)
        put(imageID)
        for tag in state.echoOf { put(tag) }
        if packet != 0 { put(packet) }
        put(UInt8(state.keepsNothing ? 1 : 0))
    }

    package mutating func write<C: JournalChecksum>(_ state: CaptureState, of capture: UInt64, _ sequence: UInt64, _: C.Type) -> Range<Int>
    {
        begin(.state, sequence: sequence)
        put(capture)
        put(state.touched)
        put(state.runStarted)
        put(UInt32(truncatingIfNeeded: state.runNext))
        put(state.doubtful.map { UInt32(truncatingIfNeeded: $0) } ?? .max)
        put(state.cut.map { UInt32(truncatingIfNeeded: $0) } ?? .max)
        put(state.tag)
        var flags: UInt8 = state.keepsNothing ? 1 : 0
        if state.isEcho { flags |= 4 }
        if state.isReported { flags |= 8 }
        if state.isDoomed { flags |= 16 }
        put(flags)
        for tag in state.echoOf { put(tag) }
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
        let picture = finished.picture
        begin(.picture, sequence: sequence)
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
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(
        _ message: CameraMemory.Message, of camera: CameraUID, _ sequence: UInt64, _: C.Type
    ) -> Range<Int> {
        begin(.arrival, sequence: sequence)
        put(message.key)
        put(message.tag)
        put(message.fate)
        put(UInt16(truncatingIfNeeded: camera.text.utf8.count))
        put(camera.text)
        put(message.packet)
        return end(C.self)
    }

    package mutating func write<C: JournalChecksum>(_ memory: JournaledMemory, _ sequence: UInt64, _: C.Type) -> Range<Int> {
        begin(.camera, sequence: sequence)
        put(Int64(memory.messages))
        put(memory.nextTag)
        put(UInt16(truncatingIfNeeded: memory.camera.text.utf8.count))
        put(UInt32(truncatingIfNeeded: memory.ring.count))
        put(UInt32(truncatingIfNeeded: memory.finished.count))
        put(memory.camera.text)
        for message in memory.ring {
            put(message.key)
            put(message.tag)
            put(message.fate)
            put(message.packet)
        }
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
