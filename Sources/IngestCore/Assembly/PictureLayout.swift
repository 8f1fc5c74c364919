/// Where a whole picture lies in the pool: enough to read it from another thread, since a complete capture is never moved.
package struct PictureLayout: Equatable, Sendable {
    /// Of its chunks, in index order.
    package let shapes: [ChunkShape]
    /// Its chunks' stored bytes, one chunk straight after the other in index order.
    package let extents: [Extent]
    /// Stored bytes, which are the picture's once `PictureJoiner` has seen to the seams.
    package let bytes: Int
}

/// A capture all of whose chunks have come.
package struct CompleteCapture: Equatable, Sendable {
    package let handle: CaptureHandle
    package let camera: CameraUID
    package let imageID: String
    package let source: ImageIDSource
    package let chunks: Int
    /// Nil while chunks have to be read back: `Assembler.unloadedChunk(of:)` names the next.
    package let layout: PictureLayout?
}
