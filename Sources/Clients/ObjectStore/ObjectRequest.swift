/// One request to an object store, before it is signed.
package struct ObjectRequest {
    package enum Operation: String, CaseIterable, Sendable {
        case putObject, headObject, getObject, deleteObject, listObjects, headBucket, createBucket

        package var method: String {
            switch self {
            case .putObject, .createBucket: "PUT"
            case .headObject, .headBucket: "HEAD"
            case .getObject, .listObjects: "GET"
            case .deleteObject: "DELETE"
            }
        }
    }

    package enum Payload {
        case none
        /// Small enough to be hashed when it is signed.
        case small([UInt8])
        /// Streamed; its SHA-256, in lower-case hex, is signed, so the server refuses a body that arrives otherwise.
        case stream(any BodySource, sha256: String)
    }

    package let operation: Operation
    package let bucket: String
    /// Nil where the request is about the bucket.
    package let key: String?
    /// Signed with the rest. Names in lower case.
    package let headers: [(name: String, value: String)]
    package let payload: Payload
    /// Behind the path, each name once; not encoded.
    package var query: [(name: String, value: String)] = []
    /// Headers of the answer that are wanted, in lower case.
    package var wantedHeaders: [String] = []
    /// Where a GET's bytes go, and how many it takes.
    package var sink: (any BodySink)?
    package var limit = 0
    /// Bytes per second sent at most; nil is no limit.
    package var maxRate: Int?
    /// Ends the whole request after this long, however well it goes; nil leaves it to the stall timeout.
    package var deadline: Duration?

    private init(
        _ operation: Operation, bucket: String, key: String?, headers: [(name: String, value: String)] = [], payload: Payload = .none
    ) {
        self.operation = operation
        self.bucket = bucket
        self.key = key
        self.headers = headers
        self.payload = payload
    }

    /// Stores `body`.
    /// - Parameter sha256: of `body`, in lower-case hex.
    /// - Parameter headers: Content-Type and `x-amz-meta-...`, stored with the object.
    package static func put(
        bucket: String, key: String, body: any BodySource, sha256: String, headers: [(name: String, value: String)], maxRate: Int? = nil
    ) -> ObjectRequest {
        var request = ObjectRequest(.putObject, bucket: bucket, key: key, headers: headers, payload: .stream(body, sha256: sha256))
        request.maxRate = maxRate
        return request
    }

    /// Asks whether an object is there, and for its size, ETag and version.
    package static func head(bucket: String, key: String) -> ObjectRequest { ObjectRequest(.headObject, bucket: bucket, key: key) }

    /// The same, and reads headers that were stored with the object.
    package static func head(bucket: String, key: String, reading names: [String]) -> ObjectRequest {
        var request = head(bucket: bucket, key: key)
        request.wantedHeaders = names
        return request
    }

    /// One page of the keys that begin with `prefix`, in their order ("ListObjectsV2", Amazon S3 API Reference).
    /// - Parameter token: as the page before gave it; "" is the first.
    package static func list(bucket: String, prefix: String, from token: String, into sink: any BodySink, limit: Int) -> ObjectRequest {
        var request = ObjectRequest(.listObjects, bucket: bucket, key: nil)
        request.query = [("list-type", "2"), ("max-keys", "1000")]
        if !prefix.isEmpty { request.query.append(("prefix", prefix)) }
        if !token.isEmpty { request.query.append(("continuation-token", token)) }
        request.sink = sink
        request.limit = limit
        return request
    }

    /// Fetches an object, of at most `limit` bytes, into `sink`.
    package static func get(bucket: String, key: String, into sink: any BodySink, limit: Int, deadline: Duration? = nil) -> ObjectRequest {
        var request = ObjectRequest(.getObject, bucket: bucket, key: key)
        request.sink = sink
        request.limit = limit
        request.deadline = deadline
        return request
    }

    /// Removes an object. One that is not there is a success, as S3 has it.
    package static func delete(bucket: String, key: String) -> ObjectRequest { ObjectRequest(.deleteObject, bucket: bucket, key: key) }

    /// Asks whether the bucket is there and may be used.
    package static func headBucket(_ bucket: String) -> ObjectRequest { ObjectRequest(.headBucket, bucket: bucket, key: nil) }

    /// Creates the bucket. That it is there already, and ours, is a success.
    /// - Parameter region: us-east-1 is the one region that must not be named ("CreateBucket", Amazon S3 API Reference).
    package static func createBucket(_ bucket: String, region: String) -> ObjectRequest {
        let place = """
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>
            """
        let named = !region.isEmpty && region != "us-east-1"
        return ObjectRequest(.createBucket, bucket: bucket, key: nil, payload: named ? .small(Array(place.utf8)) : .none)
    }

    /// `PUT thermo-raw/cam7/1.jpg`
    package var description: String { "\(operation.method) \(bucket)\(key.map { "/\($0)" } ?? "")" }
}
