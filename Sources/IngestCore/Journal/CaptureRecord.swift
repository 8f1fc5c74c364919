/// A record of a camera's captures, as it was made: to be written now, or later, or in fewer words.
package enum CaptureRecord: Sendable {
    case chunk(ChunkRecord)
    /// A message that is no news to anybody, but stands in its camera's history.
    case arrival(Remembered)
    /// How a capture stands, where no chunk of its own says so.
    case state(CaptureState, of: CaptureHandle)
    case notes(CaptureNotes, of: CaptureHandle)
    case picture(JournaledPicture)
    /// To be followed by the capture's end, which makes it count.
    case tally(Account.Fate, Account.Place, of: UInt64)
    /// With its tag in its camera's history; nil leaves what is remembered as it is.
    case ended(UInt64, CaptureEnd, tag: UInt16?)
    /// All that is remembered of the camera.
    case memory(JournaledMemory)

    /// What is left to be said of it once its capture has ended.
    package enum Rest {
        case arrival(Remembered)
        case finished(FinishedCapture)
        case nothing
    }

    /// - Parameter end: of its capture.
    package func rest(after end: AcknowledgementLedger<CaptureRecord>.End) -> Rest {
        switch self {
        case .chunk(let chunk):
            guard var remembered = chunk.remembered else { return .nothing }
            // A number that went over to the session's next capture stands for that one alone.
            if remembered.message.tag == chunk.state.tag {
                remembered.message.fate = (chunk.state.tag == end.tag ? end.fate.fate : .superseded).rawValue
            }
            return .arrival(remembered)
        case .picture(let picture): return end.fate == .released ? .finished(FinishedCapture(picture)) : .nothing
        case .arrival(let remembered): return .arrival(remembered)
        case .state, .notes, .tally, .ended, .memory: return .nothing
        }
    }
}

/// One chunk that was accepted, but for its bytes.
package struct ChunkRecord: Sendable {
    package var capture: CaptureHandle
    package var topic: [UInt8]
    package var imageID: String
    package var source: ImageIDSource
    package var index: Int
    package var total: Int
    package var shape: ChunkShape
    package var digest: UInt64
    /// Of the capture, after this chunk.
    package var state: CaptureState
    package var isKept: Bool
    /// Cut out of a finished picture, wherever that was cut before.
    package var isCutAnew = false
    /// The capture had it before.
    package var isRepeat: Bool
    /// How its camera's history has it; nil where that has it already.
    package var remembered: Remembered?
    /// The packet identifier it came with; 0 for none.
    package var packet: UInt16
    package var arrived: Timestamp

    /// Bytes of the picture that stand in its record.
    package var dataCount: Int { isKept ? shape.storedBytes : 0 }

    package init(
        _ capture: CaptureHandle, topic: [UInt8], imageID: String, _ source: ImageIDSource, index: Int, of total: Int, _ shape: ChunkShape,
        digest: UInt64, _ state: CaptureState, isKept: Bool, isRepeat: Bool, remembered: Remembered?, packet: UInt16, arrived: Timestamp
    ) {
        (self.capture, self.topic, self.imageID, self.source) = (capture, topic, imageID, source)
        (self.index, self.total, self.shape, self.digest, self.state) = (index, total, shape, digest, state)
        (self.isKept, self.isRepeat, self.remembered, self.packet, self.arrived) = (isKept, isRepeat, remembered, packet, arrived)
    }
}
