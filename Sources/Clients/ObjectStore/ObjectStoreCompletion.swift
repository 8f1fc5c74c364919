/// What a request came to.
package struct ObjectStoreCompletion: Sendable {
    /// As given to `start`.
    package let token: UInt64
    package let operation: ObjectRequest.Operation
    package let result: Result<ObjectStoreAnswer, ObjectStoreError>
    /// From the start of the sending to the end of the answer.
    package let duration: Duration
    /// Bytes of the body that were sent, those sent in vain included.
    package let bytesSent: Int64
}

/// A 2xx answer.
package struct ObjectStoreAnswer: Equatable, Sendable {
    package let status: Int
    /// As it came, in its quotes.
    package let etag: String?
    /// `x-amz-version-id`; nil where the bucket is not versioned.
    package let versionID: String?
    /// `Date`, as it came.
    package let serverDate: String?
    package let contentType: String?
    /// Of the object, for HEAD and GET.
    package let contentLength: Int64?
    /// Those that were wanted and there.
    package let headers: [String: String]
}
