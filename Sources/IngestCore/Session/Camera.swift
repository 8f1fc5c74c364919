/// What the assembly knows of one camera.
struct Camera {
    var uid: CameraUID
    /// Told apart from an earlier camera in the same record.
    var generation: UInt32 = 0
    var isKnown = true
    var open = OpenCaptures()
    /// Complete captures that are not released yet.
    var inDelivery = 0
    /// Held by its open captures.
    var slabs = 0
    var history = MessageHistory()
    /// Captures all of whose chunks came, some of them in doubt; the oldest first.
    var waiting: [CaptureID] = []
    /// When a message last came, on the connected clock.
    var heard: Int64 = 0
    var nextTag: UInt16 = 0
    /// As many of them as there were when the present connection began.
    var messagesBefore = 0
    var connection = 0
    /// Position in `FinishedPictures` of its newest.
    var newestFinished = -1
    /// Neighbours in the order in which cameras were heard.
    var older: CameraID?
    var newer: CameraID?

    init(uid: CameraUID) { self.uid = uid }

    /// Published in all, as far as the gateway knows.
    var messages: Int { history.end }
    var isIdle: Bool { open.count == 0 && waiting.isEmpty && inDelivery == 0 }
}

/// At most four captures.
struct OpenCaptures {
    static let most = 4
    private var captures: InlineArray<4, CaptureID> = InlineArray(repeating: CaptureID(record: 0))
    private(set) var count = 0

    subscript(index: Int) -> CaptureID { captures[index] }

    mutating func add(_ capture: CaptureID) {
        captures[count] = capture
        count += 1
    }

    mutating func remove(_ capture: CaptureID) {
        for index in 0..<count where captures[index] == capture {
            count -= 1
            captures[index] = captures[count]
            return
        }
    }
}

/// Where the record of a camera is.
struct CameraID: Hashable {
    let record: Int
}

/// Names a camera without its text. Stays good until the camera is forgotten.
package struct CameraIndex: Hashable, Sendable {
    let record: CameraID
    let generation: UInt32
}
