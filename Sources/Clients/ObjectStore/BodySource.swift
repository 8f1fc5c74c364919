/// Where an upload's bytes come from. Bytes are asked for by offset, so sending anew from the start needs nothing but asking again.
///
/// Called on the client's thread only, between `start` and the request's completion.
package protocol BodySource: AnyObject {
    /// In bytes; does not change.
    var count: Int { get }

    /// Copies the bytes from `offset` on to the front of `room`, as many as are at hand, at least one.
    /// - Returns: how many were copied.
    /// - Precondition: `0 <= offset < count` and `room` is not empty.
    func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) throws(BodyFailure) -> Int
}

/// Where a download's bytes go. Called on the client's thread only.
package protocol BodySink: AnyObject {
    /// Takes the next bytes.
    func take(_ bytes: borrowing Span<UInt8>) throws(BodyFailure)
}

/// The bytes could not be had, or not be put away; nothing the server did.
package struct BodyFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
