/// The bytes of one picture, wherever they lie. Read by the worker that delivers it, on one thread at a time.
package protocol PictureBytes: AnyObject, Sendable {
    var count: Int { get }

    /// Copies bytes from `offset` on into `room`, as many as fit or are left.
    /// - Returns: how many; fewer than asked for, and less than are left, only when they cannot be read any more.
    func copy(from offset: Int, into room: UnsafeMutableRawBufferPointer) -> Int
}
