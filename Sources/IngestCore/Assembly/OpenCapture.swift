/// An open capture as it stood at one moment, for people to look at.
package struct OpenCapture: Equatable, Sendable {
    package let camera: CameraUID
    package let imageID: String
    /// Chunks that have come, of `total`.
    package let received: Int
    package let total: Int
    package let missing: IndexRanges

    package init(camera: CameraUID, imageID: String, received: Int, total: Int, missing: IndexRanges) {
        self.camera = camera
        self.imageID = imageID
        self.received = received
        self.total = total
        self.missing = missing
    }
}

extension Assembler {
    /// The open captures, the most recently touched first, at most `most` of them. Repeats of pictures that are known, and captures
    /// whose end was told already, are left out.
    package func openCaptures(atMost most: Int) -> [OpenCapture] {
        var found: [OpenCapture] = []
        var (session, named) = (lists[CaptureList.Kind.sessions.rawValue].newest, lists[CaptureList.Kind.named.rawValue].newest)
        while found.count < most, session >= 0 || named >= 0 {
            let isSession = named < 0 || session >= 0 && captures[session].touchOrder > captures[named].touchOrder
            let capture = isSession ? session : named
            if isSession { session = captures[capture].older } else { named = captures[capture].older }
            if !captures[capture].isReported, !captures[capture].isEcho { found.append(look(at: capture)) }
        }
        return found
    }

    private func look(at capture: Int) -> OpenCapture {
        let it = captures[capture]
        var missing = IndexRanges()
        for index in 0..<it.total where !slot(capture, index).isSeen { missing.append(index) }
        return OpenCapture(
            camera: cameras[it.camera].uid, imageID: it.imageID, received: it.received, total: it.total, missing: missing
        )
    }
}
