/// One open capture, for people.
package struct CaptureStatus: Equatable, Sendable {
    package let handle: CaptureHandle
    package let camera: CameraUID
    package let imageID: String
    package let source: ImageIDSource
    package let received: Int
    package let total: Int
    package let missing: IndexRanges
}

extension Assembler {
    package var slabCount: Int { pool.count }
    package var freeSlabs: Int { pool.free }
    /// For `assembly_memory_bytes`: slabs in use, with partial captures and pictures in delivery.
    package var bytesInUse: Int { (pool.count - pool.free) * SlabPool.slabSize }
    package var bytesInDelivery: Int { slabsInDelivery * SlabPool.slabSize }
    package var capturesInProgress: Int { inProgress }
    package var camerasKnown: Int { cameras.count }

    /// What the capture is called, while it is open or complete.
    package func imageID(of handle: CaptureHandle) -> String? {
        guard let capture = record(of: handle) else { return nil }
        return captures[capture].imageID
    }

    /// Whose session it is and what that is called; nil for a capture that the camera named.
    package func session(_ handle: CaptureHandle) -> (CameraUID, String)? {
        guard let capture = record(of: handle), !captures[capture].isNamed else { return nil }
        return (cameras[captures[capture].camera].uid, captures[capture].imageID)
    }

    /// The captures that are open now, of one camera or of all.
    package func openCaptures(of uid: CameraUID? = nil) -> [CaptureStatus] {
        var found: [CaptureStatus] = []
        for capture in captures.indices where captures[capture].state == .open {
            if uid == nil || cameras[captures[capture].camera].uid == uid { found.append(status(capture)) }
        }
        return found
    }

    /// The open captures with this image id, one a camera.
    package func openCaptures(imageID: String) -> [CaptureStatus] {
        var found: [CaptureStatus] = []
        for capture in captures.indices where captures[capture].state == .open && captures[capture].imageID == imageID {
            found.append(status(capture))
        }
        return found
    }

    private func status(_ capture: Int) -> CaptureStatus {
        let it = captures[capture]
        var missing = IndexRanges()
        for index in 0..<it.total where !slot(capture, index).isSeen { missing.append(index) }
        return CaptureStatus(
            handle: handle(of: capture), camera: cameras[it.camera].uid, imageID: it.imageID, source: it.source, received: it.received,
            total: it.total, missing: missing)
    }
}
