/// What the journal's records say. Each is the state *after* an event, not the event: to replay means to read, never to judge anew.
///
/// ```
/// chunk                          offset  size
/// capture                             0     8   number of the capture it belongs to
/// digest                              8     8
/// touched, run started               16   2*8   nanoseconds on the connected clock
/// arrived                            32     8   milliseconds since 1970, UTC
/// shape: head, middle                40   2*4
/// shape: paddings and rest           48     1   bits 0-1 headPadding, 2-3 rest, 4-5 restPadding
/// flags                              49     1   1 kept, 2 named, 4 echo, 8 reported, 16 doomed
/// lengths of uid, topic, image id    50   3*2
/// index, total, run next             56   3*4
/// length of data                     68     4   0 for a chunk that is noted: its bytes are not kept
/// uid, topic, image id, data         72
///
/// ended       capture 8, end 1
/// succeeded   old capture 8, new capture 8, chunks inherited 4
/// picture     capture 8, completed 8 (connected clock), messages 8, recorded at 8, size 8, chunks 4, source 1, content type 1,
///             lengths of uid, topic, image id, bucket, key, distinct key 6*2, SHA-256 32, then the six
/// camera      messages 8, length of uid 2, entries of the ring 4, finished pictures 4, uid,
///             per entry key 8 and owner 8, per picture SHA-256 32, image id's hash 8, completed 8, message 8
/// clock       ticks 8, next capture 8
/// ```
package enum JournalRecord: Equatable, Sendable {
    case chunk(JournaledChunk)
    case ended(capture: UInt64, CaptureEnd)
    /// A static scene's next capture owns the first chunks of the one before.
    case succeeded(old: UInt64, new: UInt64, inherited: Int)
    case picture(JournaledPicture)
    case camera(CameraMemory)
    /// A connection began, or a segment did.
    case clock(ticks: Int64, nextCapture: UInt64)
}

/// How a capture ended, so far as the memory of its chunks goes.
package enum CaptureEnd: UInt8, Sendable {
    /// Stored, spooled, quarantined, or known for a repeat: nothing of it is needed but the memory that it was whole.
    case released = 0
    case superseded, otherwise
}

package struct JournaledChunk: Equatable, Sendable {
    package var capture: UInt64
    package var camera: CameraUID
    package var topic: String
    package var imageID: String
    package var source: ImageIDSource
    package var index: Int
    package var total: Int
    package var shape: ChunkShape
    package var digest: UInt64
    /// Its bytes follow; else it is known by its digest alone.
    package var isKept: Bool
    /// Of the capture, after this chunk.
    package var state: CaptureState
    package var arrived: Timestamp
    /// Its bytes, from the beginning of the record's body.
    package var data: Range<Int>
}

/// What has to be known of a capture to bring it back, beside its chunks.
package struct CaptureState: Equatable, Sendable {
    /// Of a session: the chunk that continues the run.
    package var runNext = 0
    package var isEcho = false
    package var isReported = false
    package var isDoomed = false
    /// On the connected clock.
    package var runStarted: Int64 = 0
    package var touched: Int64 = 0

    package init() {}
}

/// A finished picture: what never changes again, whatever happens until it is stored.
package struct JournaledPicture: Equatable, Sendable {
    package var capture: UInt64
    package var picture: Picture
    package var distinctKey: String
    package var checksum: [UInt8]
    /// On the connected clock.
    package var completed: Int64
    /// The camera's messages when it was complete.
    package var messages: Int

    package init(capture: UInt64, picture: Picture, distinctKey: String, checksum: [UInt8], completed: Int64, messages: Int) {
        self.capture = capture
        self.picture = picture
        self.distinctKey = distinctKey
        self.checksum = checksum
        self.completed = completed
        self.messages = messages
    }
}

/// What is remembered of a camera's last messages and pictures.
package struct CameraMemory: Equatable, Sendable {
    /// Whose a message was: a capture's, by number, or what became of it. Numbers begin above these.
    package enum Owner {
        package static let otherwise: UInt64 = 0
        package static let finished: UInt64 = 1
        package static let superseded: UInt64 = 2
        package static let firstCapture: UInt64 = 16
    }

    package struct Message: Equatable, Sendable {
        package var key: UInt64
        package var owner: UInt64
    }

    package struct Finished: Equatable, Sendable {
        package var checksum: [UInt8]
        package var idHash: UInt64
        package var completed: Int64
        package var message: Int
    }

    package var camera: CameraUID
    package var messages = 0
    /// Oldest first.
    package var ring: [Message] = []
    package var finished: [Finished] = []
}
