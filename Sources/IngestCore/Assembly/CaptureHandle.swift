/// Names one capture from its first chunk to its release. Never used twice while the process lives.
package struct CaptureHandle: Hashable, Sendable {
    package let serial: UInt64
    let record: CaptureID
}
