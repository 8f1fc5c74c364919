/// What the journal's records say. Each is the state *after* an event, not the event: to replay means to read, never to judge anew.
///
/// ```
/// chunk                          offset  size
/// capture                             0     8   number of the capture it belongs to
/// digest                              8     8
/// arrived                            16     8   milliseconds since 1970, UTC
/// shape: head, middle                24   2*4
/// length of data                     32     4   0 for a chunk that is noted: its bytes are not kept
/// index, total                       36   2*4
/// shape: paddings and rest           44     1   bits 0-1 headPadding, 2-3 rest, 4-5 restPadding
/// flags                              45     1   1 kept, 2 named, 4 cut anew from a finished picture: worth nothing without its record
/// packet identifier                  46     2   0 for none
/// how it is remembered               48     1   1 remembered, 2 news, 4 stray, 8 silence before it ended a reading, 16 begins a reading,
///                                               32 the first of a connection
/// tag and fate it is remembered by   49     3
/// lengths of uid, topic, image id    52   3*2
/// uid, topic, image id, state, data  58
///
/// state of a capture, after the record
/// touched, run started                0   2*8   nanoseconds on the connected clock
/// run next                           16     4
/// tag                                20     2
/// flags                              22     1   1 keeps nothing, 2 echo, 4 reported, 8 doomed, 16 elder, 32 stands back, 64 has marks, 128 whole
/// echo tags, slots dropped           23   2*2   how many of each; slots in ranges, first 4 and last 4
/// echo tags 2, ranges 8
/// with marks: past 8, successor 8, then in ranges, their number 2 before them, the slots that are doubtful, ahead, again, inherited,
/// and the needs
///
/// state       capture 8, state
/// ended       capture 8, end 1, tag 2, length of uid 2, uid
/// picture     capture 8, completed 8 (connected clock), messages 8, recorded at 8, size 8, chunks 4, source 1, content type 1,
///             lengths of uid, topic, image id, bucket, key, distinct key 6*2, SHA-256 32, then the six, and `PictureNotes`
///             (up to version 1.0.0 without)
/// arrival     key 8, tag 2, fate 1, packet identifier 2, how it is remembered 1, heard 8, length of uid 2, uid: a repeat, or a stray
/// camera      heard 8, messages entered in all 8, reading 8 (-1 for none), next tag 2, length of uid 2, entries of the
///             history 4, pending 4, finished pictures 4 (2^30 the next message may step back, 2^31 or forth), uid, per entry and pending key 8, tag 2, fate 1 and packet identifier 2, per
///             picture SHA-256 32, image id's hash 8, completed 8, message 8
/// begun       flags 1 (1 its row is there), then as `picture`: its upload begins before its chunks are written, if they ever are
/// finished    capture 8, completed 8, messages 8, hash of the image id or zero 8, SHA-256 32, uid: it has its row, and no chunks here
/// arrivals    heard 8, length of uid 2, uid, then per message key 8, tag 2, fate 1, packet identifier 2, how it is remembered 1
/// clock       ticks 8, next capture 8
/// tally       capture 8 or zero, or an entry's `Account.key` where it left the spool, hour 8, fate 1, uid: counts with the next `ended`, chunk or state of that capture; not behind a `clock`,
///             with which a start begins: then a crash kept that record from the disk, and what happened happens again
/// account     hour 8, generation 8, counts 12*4, uid: so far, but for what the file has up to that generation
/// left        per entry of the spool its `Account.key` 8: they are in the `account` records behind it
/// archived    generation 8, hour 8: the counts of all hours but this one are in the account's file; all ones: there are no counts
///             but those of the `account` records right before it, and this is their generation
/// notes       capture 8, `CaptureNotes`: of an open capture; the last one counts
/// ```
/// What version 1.0 wrote is told in `JournalRecord+Former.swift`.
///
/// Ranges, beyond what is said of each: sequence and capture numbers and counts below 2^62, moments on the connected clock within
/// 2^60 ns of zero, civil ones from 1970 to 9999, `total` from 1 to 65536, `run next` up to it,
/// slots below it, fates known. So no arithmetic on what was read can overflow.
package enum JournalRecord: Equatable, Sendable {
    case chunk(JournaledChunk)
    /// Without a camera: what is remembered of it stays as it is.
    case ended(capture: UInt64, CaptureEnd, camera: CameraUID?, tag: UInt16)
    /// A static scene's next capture owns the first chunks of the one before. Written up to version 1.0; now a session keeps its number.
    case succeeded(old: UInt64, new: UInt64, inherited: Int)
    /// How a capture stands, after a message that was no chunk of it.
    case state(capture: UInt64, CaptureState)
    case picture(JournaledPicture)
    case arrival(CameraUID, Remembered)
    case camera(JournaledMemory)
    /// A connection began, or a segment did.
    case clock(ticks: Int64, nextCapture: UInt64)
    case begun(JournaledPicture, isStored: Bool)
    case finished(FinishedCapture)
    case arrivals(CameraUID, [Remembered])
    case notes(capture: UInt64, CaptureNotes)
    case tally(capture: UInt64, Account.Fate, Account.Place)
    case account(Account.Place, Account.Counts, generation: UInt64)
    case left([UInt64])
    case archived(generation: UInt64, but: Int64?)
}

/// How a capture ended, so far as the memory of its chunks goes.
package enum CaptureEnd: UInt8, Sendable {
    /// Stored, spooled, quarantined, or known for a repeat: nothing of it is needed but the memory that it was whole.
    case released = 0
    case superseded, otherwise
    /// It held nothing but repeats of a finished one.
    case echo

    var fate: MessageHistory.Fate {
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
    /// Where the picture was cut has nothing to do with its chunks; so it is not one without the picture's own record.
    package var isCutAnew = false
    /// How its camera's history has it; nil where that has it already.
    package var remembered: Remembered?
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
    /// Slots that were forgotten before the record.
    package var dropped: [ClosedRange<Int>] = []
    /// Stands for it in its camera's ring.
    package var tag: UInt16 = 0
    package var echoOf: [UInt16] = []
    package var isEcho = false
    package var isReported = false
    package var isDoomed = false
    package var isElder = false
    package var isRewound = false
    /// All of its chunks came, one run's.
    package var isWhole = false
    /// Slots by their marks, in rising order.
    package var doubtful: [Int] = []
    package var ahead: [Int] = []
    package var again: [Int] = []
    package var inherited: [Int] = []
    /// Chunks whose own the successor is still to get.
    package var needs: [Int] = []
    package var successor: UInt64 = 0
    /// The last message before the doubt, in the camera's history.
    package var past = 0
    /// No bytes of what came before this record are its own any more.
    package var keepsNothing = false
    /// On the connected clock.
    package var runStarted: Int64 = 0
    package var touched: Int64 = 0

    package init() {}

    var hasMarks: Bool { !(doubtful.isEmpty && ahead.isEmpty && again.isEmpty && inherited.isEmpty && needs.isEmpty) }
    /// Of one all of whose chunks came: it is complete only when this has ended.
    var isInDoubt: Bool { !(doubtful.isEmpty && ahead.isEmpty && needs.isEmpty) }
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

/// What is remembered of a picture that was stored before any chunk of it was written.
package struct FinishedCapture: Equatable, Sendable {
    package var capture: UInt64
    package var camera: CameraUID
    package var memory: JournaledMemory.Finished

    package init(_ picture: JournaledPicture) {
        capture = picture.capture
        camera = picture.picture.camera
        memory = JournaledMemory.Finished(picture)
    }

    init(capture: UInt64, camera: CameraUID, memory: JournaledMemory.Finished) {
        (self.capture, self.camera, self.memory) = (capture, camera, memory)
    }
}

extension JournaledMemory.Finished {
    init(_ picture: JournaledPicture) {
        let idHash = picture.picture.imageIDSource == .camera ? SessionName.hash(picture.picture.imageID) : 0
        self.init(checksum: picture.checksum, idHash: idHash, completed: picture.completed, message: picture.messages)
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
    package var nextTag: UInt16 = 0
    /// When a message last came, on the connected clock.
    package var heard: Int64 = 0
    var history = MessageHistory()
    package var finished: [Finished] = []
}
