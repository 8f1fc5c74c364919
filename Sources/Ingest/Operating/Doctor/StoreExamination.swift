import Clients
import IngestCore
import Platform

/// Stores an object under a key of its own, reads it back, and removes it.
struct StoreExamination {
    private static let folder = ".thermo-ingest-doctor/"
    private let settings: Configuration.S3

    init(_ settings: Configuration.S3) { self.settings = settings }

    /// - Returns: the server's clock less this machine's; nil when no server told.
    func run(_ note: (Finding) -> Void) -> Duration? {
        var connection = settings
        connection.timeout = min(settings.timeout, Doctor.patience)
        do {
            let signer = try RequestSigner(connection)
            let client = try ObjectStoreClient(.init(connection, concurrency: 1), dialect: signer)
            examine(client, note)
            return signer.clockOffset
        } catch {
            note(Finding(.minio, "connect", .failed, "\(error)", fix: "correct [s3]; see: thermo-ingest check"))
            return nil
        }
    }

    private func examine(_ client: ObjectStoreClient, _ note: (Finding) -> Void) {
        guard let name = try? RandomUUID.make(), let digest = try? SHA256.digest(of: Array(name.utf8).span), bucket(client, note) else {
            return
        }
        let (key, bytes) = (Self.folder + name, Array(name.utf8))
        var watch = Stopwatch()
        do throws(ObjectStoreError) {
            let headers = [(name: "content-type", value: "text/plain"), (name: "x-amz-meta-written-by", value: "thermo-ingest doctor")]
            try ask(client, .put(bucket: settings.bucket, key: key, body: MemoryBody(bytes), sha256: Hex.lower(digest), headers: headers))
            note(Finding(.minio, "put", .good, "\(settings.bucket)/\(key), \(bytes.count) bytes", took: watch.lap()))
        } catch {
            return note(failure("put", error, took: watch.lap()))
        }
        let copy = MemoryBody()
        do throws(ObjectStoreError) {
            try ask(client, .get(bucket: settings.bucket, key: key, into: copy, limit: 4096, deadline: Doctor.patience))
            let isSame = copy.bytes == bytes
            note(
                Finding(
                    .minio, "read back", isSame ? .good : .failed, isSame ? "the same bytes" : "\(copy.bytes.count) other bytes came back",
                    fix: isSame ? nil : "see what stands between here and the object store: it changes objects", took: watch.lap()
                ))
        } catch {
            note(failure("read back", error, took: watch.lap()))
        }
        do throws(ObjectStoreError) {
            try ask(client, .delete(bucket: settings.bucket, key: key))
            note(Finding(.minio, "delete", .good, "removed again", took: watch.lap()))
        } catch {
            note(failure("delete", error, took: watch.lap()))
        }
    }

    /// - Returns: whether there is a bucket to go on with.
    private func bucket(_ client: ObjectStoreClient, _ note: (Finding) -> Void) -> Bool {
        var watch = Stopwatch()
        do throws(ObjectStoreError) {
            do throws(ObjectStoreError) {
                try ask(client, .headBucket(settings.bucket))
                note(Finding(.minio, "bucket", .good, "\(settings.bucket) at \(settings.endpoint)", took: watch.lap()))
            } catch {
                guard error.isBucketMissing, settings.createBucket else { throw error }
                try ask(client, .createBucket(settings.bucket, region: settings.region))
                note(
                    Finding(
                        .minio, "bucket", .good, "\(settings.bucket) was missing at \(settings.endpoint), and is made now",
                        took: watch.lap()))
            }
            return true
        } catch {
            note(failure("bucket", error, took: watch.lap()))
            return false
        }
    }

    private func failure(_ step: String, _ error: ObjectStoreError, took: Duration) -> Finding {
        Finding(.minio, step, .failed, error.description, fix: error.verdict.remedy, took: took)
    }

    private func ask(_ client: ObjectStoreClient, _ request: ObjectRequest) throws(ObjectStoreError) {
        try client.start(request, token: 1)
        // The client's own stall timeout ends it.
        while true {
            try client.wait(atMost: .seconds(1))
            guard let completion = client.nextCompletion() else { continue }
            _ = try completion.result.get()
            return
        }
    }
}
