/// What others ask the assembly.
extension Assembler {
    package var slabCount: Int { pool.count }
    package var freeSlabs: Int { pool.free }
    /// For `assembly_memory_bytes`: slabs in use, with partial captures and pictures in delivery.
    package var bytesInUse: Int { (pool.count - pool.free) * SlabPool.slabSize }
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

    /// All of its chunks came, and some of them are in doubt.
    package func isWaiting(_ handle: CaptureHandle) -> Bool { record(of: handle).map { captures[$0].state == .waiting } ?? false }
}
