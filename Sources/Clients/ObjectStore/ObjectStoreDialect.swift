/// What the client leaves to others: how a request is addressed and signed, and how a refusal reads.
///
/// Called on the client's thread only.
package protocol ObjectStoreDialect: AnyObject {
    /// Signs `request` with the time of now.
    func sign(_ request: ObjectRequest) throws -> SignedRequest

    /// Hears the `Date` header of every answer. True when what is signed from now on bears another time: a request that was just refused
    /// is then signed and sent again at once.
    func hear(serverDate: String) -> Bool

    /// Reads the body, at most 4 KiB of it, of an answer other than 2xx. Nil when it is none of an object store's.
    func refusal(in body: [UInt8]) -> StoreRefusal?
}

/// A request ready to be sent.
package struct SignedRequest {
    package let url: String
    /// The server's name for errors, with its port.
    package let host: String
    /// All of them, `Host` among them.
    package let headers: [(name: String, value: String)]

    package init(url: String, host: String, headers: [(name: String, value: String)]) {
        self.url = url
        self.host = host
        self.headers = headers
    }
}

/// What an object store says about a refusal.
package struct StoreRefusal: Equatable, Sendable {
    /// `NoSuchBucket`
    package let code: String
    /// One line without control characters or secrets.
    package let message: String
    /// The region the bucket is in, where the server names it.
    package let region: String?

    package init(code: String, message: String, region: String? = nil) {
        self.code = code
        self.message = message
        self.region = region
    }
}
