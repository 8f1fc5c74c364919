/// A request that came to nothing: which, to whom, and why. Made in one place, `Transfer.result`, but for the few set-up failures; it
/// holds no secret.
package struct ObjectStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// No whole answer came. `code` and `name` are libcurl's (libcurl-errors(3)); `detail` names the cause, as for certificates.
        case transport(code: Int32, name: String, detail: String)
        /// The server answered, and refused.
        case status(Int, StoreRefusal?)
        /// A 2xx answer to an upload without the ETag that every S3 server gives: a portal's or a proxy's.
        case notAnObjectStore(status: Int)
        /// The bytes to send could not be read, or those received not be put away.
        case body(BodyFailure)
        /// The object has more bytes than the request takes.
        case tooLarge(limit: Int)
        /// The request could not be made at all.
        case unsendable(String)
        case cancelled
    }

    /// `PUT thermo-raw/cam7/1.jpg`
    package let request: String
    package let operation: ObjectRequest.Operation?
    /// Empty before it is known.
    package let host: String
    package let cause: Cause
    /// `Retry-After` and `Date` as they came.
    package var retryAfter: String?
    package var serverDate: String?
    /// `x-amz-request-id`: what the operator of the server asks for.
    package var requestID: String?

    package var status: Int? {
        switch cause {
        case .status(let status, _), .notAnObjectStore(let status): status
        default: nil
        }
    }

    /// The S3 error code.
    package var code: String? {
        if case .status(_, let refusal) = cause { refusal?.code } else { nil }
    }

    /// The bucket of the request is not there.
    package var isBucketMissing: Bool { status == 404 && (code == "NoSuchBucket" || code == nil && operation == .headBucket) }

    /// The object of the request is not there. A HEAD cannot tell a missing bucket from a missing object.
    package var isObjectMissing: Bool {
        status == 404 && (code == "NoSuchKey" || code == nil && (operation == .headObject || operation == .getObject))
    }

    package var description: String {
        var text = request + (host.isEmpty ? "" : " at \(host)") + ": "
        switch cause {
        // libcurl often ends its detail in the name.
        case .transport(let code, let name, let detail): text += "\(detail) (\(detail.hasSuffix(name) ? "" : "\(name), ")curl \(code))"
        case .status(let status, let refusal):
            text += "HTTP \(status)"
            if let refusal { text += " \(refusal.code)" + (refusal.message.isEmpty ? "" : ": \(refusal.message)") }
        case .notAnObjectStore(let status): text += "HTTP \(status) without an ETag: this is no object store"
        case .body(let failure): text += failure.description
        case .tooLarge(let limit): text += "the object has more than \(limit) bytes"
        case .unsendable(let reason): text += reason
        case .cancelled: text += "cancelled"
        }
        if let requestID { text += " (request \(requestID))" }
        return text
    }
}
