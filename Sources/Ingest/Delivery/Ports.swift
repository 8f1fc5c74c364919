package import Clients
package import IngestCore

/// The object store as the upload worker sees it. Used by that worker's thread alone, `wake` excepted.
package protocol ObjectPort: AnyObject {
    /// Begins a task; its end comes out of a later `wait`, under the same number.
    func start(_ task: ObjectTask, number: UInt64)

    /// Lets transfers go on until one or more end, `wake` is called, or `limit` is over.
    func wait(atMost limit: Duration) -> [ObjectCompletion]

    /// Goes on with other credentials, certificates and timeouts. What is under way ends as it began.
    func adopt(_ configuration: Configuration)

    /// Ends a `wait` early. Any thread.
    var wake: @Sendable () -> Void { get }
}

package enum ObjectTask: Sendable {
    /// `rate`: bytes a second sent at most; nil is no limit.
    case put(Picture, any PictureBytes, rate: Int?)
    case exists(bucket: String, key: String)
    case remove(bucket: String, key: String)
    /// Fetches an object of at most `limit` bytes, for people to look at.
    case get(bucket: String, key: String, into: any BodySink & Sendable, limit: Int, within: Duration)
    /// Sees that the bucket is there, and makes it where that is wanted.
    case bucket
}

package struct ObjectCompletion: Sendable {
    package enum Answer: Equatable, Sendable {
        case stored(version: String?)
        case exists(Bool)
        case done
    }

    package let number: UInt64
    package let result: Result<Answer, DeliveryFailure>

    package init(number: UInt64, result: Result<Answer, DeliveryFailure>) {
        self.number = number
        self.result = result
    }
}

/// The table as the record worker sees it. Used by that worker's thread alone; every call ends within the configured timeout.
package protocol RecordPort: AnyObject {
    /// One answer a picture, in order.
    func locate(_ pictures: [Picture]) throws(RecordFailure) -> [DeliveryStateMachine.Location]

    /// One transaction. A picture that is refused for its own sake spoils no other. One answer an entry, in order.
    func write(_ entries: [RecordEntry]) throws(RecordFailure) -> [Result<DeliveryStateMachine.Writing, RecordFailure>]

    /// Lets a row name the object of `picture`.
    /// - Returns: false when the row has changed meanwhile; a failure where the database refuses that for the picture's own sake.
    func moveRow(_ row: RecordedPicture, to picture: Picture, version: String?) throws(RecordFailure) -> Result<Bool, RecordFailure>

    /// Goes on with another address, other credentials, other windows.
    func adopt(_ configuration: Configuration)

    /// Asks for a sign of life.
    func probe() throws(RecordFailure)

    /// New rows, since it was last asked, that were written without a notice: PostgreSQL's queue of notices was full.
    func takeUntold() -> Int
}
