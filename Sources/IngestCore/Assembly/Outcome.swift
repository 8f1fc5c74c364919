/// What became of one accepted chunk.
package struct Outcome: Equatable, Sendable {
    package enum Disposition: Equatable, Sendable {
        /// Its bytes are in the pool. A journal keeps the chunk.
        case taken
        /// Its bytes are not kept, but the capture's state moved on: a repeat, or a chunk after a loss.
        /// A journal keeps a note of it or a restart would judge what follows otherwise.
        case noted
        /// A late repeat, and nothing of it is kept.
        case repeated
        case refused(Refusal)
        /// No room until a picture in delivery is released; nothing changed. The message must not be acknowledged.
        case full
    }

    package var disposition: Disposition
    /// Counts as `chunks_duplicate_total`.
    package var isRepeat = false
    /// The capture it belongs to; nil for a late repeat of a picture that is gone.
    package var capture: CaptureHandle?
    /// It was the first chunk of that capture, so far as the gateway can tell.
    package var opened = false
    /// It was the last one: the picture is whole. Where some of its chunks are in doubt, it is not `complete` before that ends.
    package var completed = false
}

/// What happened beside the chunk's own fate.
package enum AssemblyEvent: Equatable, Sendable {
    case abandoned(AbandonedCapture)
    /// Its bytes left the pool; the journal has them.
    case unloaded(CaptureHandle)
    /// Chunks of it may be another capture's.
    case doubtBegan(CaptureHandle)
    /// They are its own, or were forgotten.
    case doubtEnded(CaptureHandle, areOwn: Bool)
    /// All of its chunks came before, and it is complete now that they are known to be its own.
    case confirmed(CaptureHandle)
}

/// An incomplete capture that was given up: everything its log line says.
package struct AbandonedCapture: Equatable, Sendable {
    /// That of the capture which goes on with its first chunks, where a static scene's pictures begin alike.
    package let handle: CaptureHandle
    package let camera: CameraUID
    package let imageID: String
    package let source: ImageIDSource
    package let reason: Abandonment
    package let total: Int
    package let received: Int
    package let missing: IndexRanges
    package let age: Duration
    /// False for what was told before, and for repeats of a finished picture that ended half-way: not to be counted.
    package let counts: Bool
    /// In its camera's ring.
    package let tag: UInt16
    let fate: MessageHistory.Fate
}
