/// Where simulated cameras publish.
package protocol ChunkPublisher: AnyObject {
    /// Sends one message, and waits first while too many are not yet acknowledged.
    func publish(_ payload: [UInt8], to topic: String) throws

    /// Does nothing but keep the connection alive, until `deadline` on the monotonic clock.
    func idle(until deadline: Duration) throws

    /// Waits until every message is acknowledged.
    func finish() throws
}
