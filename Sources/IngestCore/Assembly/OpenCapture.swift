/// An open capture as it stood at one moment, for people to look at.
package struct OpenCapture: Equatable, Sendable {
    package let camera: CameraUID
    package let imageID: String
    package let source: ImageIDSource
    /// Chunks that have come, of `total`.
    package let received: Int
    package let total: Int
    package let missing: IndexRanges
    /// Some of them may be another capture's.
    package let isInDoubt: Bool
    /// Its number in the journal.
    package let number: UInt64

    package init(
        camera: CameraUID, imageID: String, source: ImageIDSource = .gateway, received: Int, total: Int, missing: IndexRanges,
        isInDoubt: Bool = false, number: UInt64 = 0
    ) {
        self.camera = camera
        self.imageID = imageID
        self.source = source
        self.received = received
        self.total = total
        self.missing = missing
        self.isInDoubt = isInDoubt
        self.number = number
    }
}

extension Assembler {
    /// The open captures, the most recently touched first, at most `most` of them; of one camera, or with one image id, or all. Repeats
    /// of pictures that are known, and captures whose end was told already, are left out.
    package func openCaptures(of uid: CameraUID? = nil, imageID: String? = nil, atMost most: Int = .max) -> [OpenCapture] {
        var found: [OpenCapture] = []
        var newest = [CaptureList.Kind.sessions, .named, .waiting].map { captures.newest($0) }
        while found.count < most {
            guard let next = newest.indices.max(by: { touchOrder(newest[$0]) < touchOrder(newest[$1]) }), let capture = newest[next]
            else { break }
            let it = captures[capture]
            if !it.isReported, !it.isEcho, imageID ?? it.imageID == it.imageID, uid == nil || cameras[it.camera].uid == uid {
                found.append(look(at: capture))
            }
            newest[next] = it.older
        }
        return found
    }

    private func touchOrder(_ capture: CaptureID?) -> UInt64 { capture.map { captures[$0].touchOrder } ?? 0 }

    private func look(at capture: CaptureID) -> OpenCapture {
        let it = captures[capture]
        var missing = IndexRanges()
        for index in 0..<it.total where !slot(capture, index).isSeen { missing.append(index) }
        return OpenCapture(
            camera: cameras[it.camera].uid, imageID: it.imageID, source: it.source, received: it.received, total: it.total,
            missing: missing, isInDoubt: it.isInDoubt, number: it.serial)
    }
}
