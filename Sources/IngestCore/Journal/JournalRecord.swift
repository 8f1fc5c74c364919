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
/// flags                              49     1   1 kept, 2 named, 4 echo, 8 reported, 16 doomed, 32 remembered, 64 packet identifier,
///                                               128 more flags
/// lengths of uid, topic, image id    50   3*2
/// index, total, run next             56   3*4
/// length of data                     68     4   0 for a chunk that is noted: its bytes are not kept
/// tag, number of echo tags           72   2*2
/// doubtful, cut                      76   2*4   all ones for none
/// uid, topic, image id, tags 2       84
/// packet identifier 2, more flags 1, as flagged; then the data. More flags: 1 keeps nothing (up to version 1.0, which had none: a
/// session whose next chunk of the run is 0)
///
/// ended       capture 8, end 1, tag 2, length of uid 2, uid
/// state       capture 8, touched 8, run started 8, run next 4, doubtful 4, cut 4, tag 2, flags 1 (1 keeps nothing, 4 echo, 8 reported,
///             16 doomed), echo tags 2 each
/// succeeded   old capture 8, new capture 8, chunks inherited 4
/// picture     capture 8, completed 8 (connected clock), messages 8, recorded at 8, size 8, chunks 4, source 1, content type 1,
///             lengths of uid, topic, image id, bucket, key, distinct key 6*2, SHA-256 32, then the six, and `PictureNotes`
///             (up to version 1.0.0 without)
/// arrival     key 8, tag 2, fate 1, length of uid 2, uid, packet identifier 2: a repeat
/// camera      messages 8, next tag 2, length of uid 2, entries of the ring 4, finished pictures 4, uid,
///             per entry key 8, tag 2, fate 1 and packet identifier 2, per picture SHA-256 32, image id's hash 8, completed 8, message 8
///             (up to version 1.0.0 without packet identifiers)
/// clock       ticks 8, next capture 8
/// tally       capture 8 or zero, hour 8, fate 1, uid: counts once that capture has ended
/// account     hour 8, generation 8, counts 12*4, uid: so far, but for what the file has up to that generation
/// archived    generation 8, hour 8: the counts of all hours but this one are in the account's file; all ones: says the generation alone
/// notes       capture 8, `CaptureNotes`: of an open capture; the last one counts
/// ```
/// Ranges, beyond what is said of each: sequence and capture numbers and counts below 2^62, moments on the connected clock within
/// 2^60 ns of zero, civil ones from 1970 to 9999, `total` from 1 to 65536, `run next`, `cut` and `doubtful` up to it,
/// fates known. So no arithmetic on what was read can overflow.
package enum JournalRecord: Equatable, Sendable {
    case chunk(JournaledChunk)
    /// Without a camera: what is remembered of it stays as it is.
    case ended(capture: UInt64, CaptureEnd, camera: CameraUID?, tag: UInt16)
    /// A static scene's next capture owns the first chunks of the one before. Written up to version 1.0; now a session keeps its number.
    case succeeded(old: UInt64, new: UInt64, inherited: Int)
    /// How a capture stands, after a message that was no chunk of it.
    case state(capture: UInt64, CaptureState)
    case picture(JournaledPicture)
    case arrival(CameraUID, CameraMemory.Message)
    case camera(JournaledMemory)
    /// A connection began, or a segment did.
    case clock(ticks: Int64, nextCapture: UInt64)
    case notes(capture: UInt64, CaptureNotes)
    case tally(capture: UInt64, Account.Fate, Account.Place)
    case account(Account.Place, Account.Counts, generation: UInt64)
    case archived(generation: UInt64, but: Int64?)
}

/// How a capture ended, so far as the memory of its chunks goes.
package enum CaptureEnd: UInt8, Sendable {
    /// Stored, spooled, quarantined, or known for a repeat: nothing of it is needed but the memory that it was whole.
    case released = 0
    case superseded, otherwise
    /// It held nothing but repeats of a finished one.
    case echo

    var fate: ArrivalRing.Fate {
        switch self {
        case .released, .echo: .finished
        case .superseded: .superseded
        case .otherwise: .gone
        }
    }
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
    /// It entered its camera's ring.
    package var isRemembered: Bool
    /// The packet identifier it came with; 0 for none.
    package var packet: UInt16
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
    package var doubtful: Int?
    /// Slots from here on were forgotten before the chunk was taken.
    package var cut: Int?
    /// Stands for it in its camera's ring.
    package var tag: UInt16 = 0
    package var echoOf: [UInt16] = []
    package var isEcho = false
    package var isReported = false
    package var isDoomed = false
    /// No bytes of what came before this record are its own any more.
    package var keepsNothing = false
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
package struct JournaledMemory: Equatable, Sendable {
    package struct Finished: Equatable, Sendable {
        package var checksum: [UInt8]
        package var idHash: UInt64
        /// On the connected clock.
        package var completed: Int64
        package var message: Int
    }

    package var camera: CameraUID
    package var messages = 0
    package var nextTag: UInt16 = 0
    /// Oldest first.
    package var ring: [CameraMemory.Message] = []
    package var finished: [Finished] = []

    mutating func settle(_ tag: UInt16, as fate: ArrivalRing.Fate) {
        for index in ring.indices where ring[index].tag == tag {
            ring[index] = CameraMemory.Message(key: ring[index].key, tag: tag, fate: fate.rawValue, packet: ring[index].packet)
        }
    }
}
