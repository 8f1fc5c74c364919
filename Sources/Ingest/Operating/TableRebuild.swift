import Clients
package import IngestCore
import Platform

/// Writes the rows that are missing for the objects in the bucket.
///
/// What stays simple because of what it refuses:
/// - One page of the list is in memory at a time, and of each page only the objects without a row are asked for their headers.
/// - Every batch of rows is committed before the next: it may be interrupted anywhere, and run again.
/// - It changes no row and no object that is there.
package final class TableRebuild {
    package struct Scope: Sendable {
        package var camera: CameraUID?
        /// Only pictures with a `recorded_at` from then on.
        package var since: Timestamp?
        /// Only counts what would be written.
        package var isDry = false

        package init() {}
    }

    package struct Counts: Equatable, Sendable {
        /// Pictures found in the bucket, those with and those without a row.
        package var objects = 0
        package var present = 0
        package var written = 0
        package var foreign = 0
    }

    /// It could not go on.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    static let together = 8
    private static let rowsTogether = 64

    let scope: Scope
    let bucket: String
    private let prefix: String
    private let client: ObjectStoreClient
    private let table: RecordStore
    private var nextToken: UInt64 = 0
    package private(set) var counts = Counts()

    package init(_ configuration: Configuration, _ scope: Scope) throws(Failure) {
        self.scope = scope
        bucket = configuration.s3.bucket
        prefix = KeyTemplate.prefix(of: configuration.s3.key, for: scope.camera)
        do {
            client = try ObjectStoreClient(
                .init(configuration.s3, concurrency: Self.together), dialect: try RequestSigner(configuration.s3))
        } catch {
            throw Failure(description: "\(error); correct [s3], see: thermo-ingest check")
        }
        do throws(RecordFailure) {
            table = RecordStore(try RecordStore.Settings(configuration))
        } catch {
            throw Failure(description: error.description)
        }
    }

    /// - Parameters:
    ///   - foreign: given each object that is no picture of a gateway's, or that the table refuses, and why.
    ///   - missing: given each picture without a row, in a dry run alone.
    ///   - progress: called now and then.
    package func run(
        foreign: (_ key: String, _ why: String) -> Void, missing lacking: (Picture) -> Void = { _ in }, progress: (Counts) -> Void
    ) throws(Failure) {
        var page: String? = ""
        while let from = page {
            let listing = try list(from: from)
            let known = try inTable { (table: RecordStore) throws(RecordFailure) in
                try table.places(bucket: bucket, keys: listing.keys)
            }
            var missing: [String] = []
            for key in listing.keys {
                guard let row = known[key] else {
                    missing.append(key)
                    continue
                }
                guard isMeant(row.camera, row.recordedAt) else { continue }
                counts.objects += 1
                counts.present += 1
            }
            while !missing.isEmpty {
                let batch = Array(missing.prefix(Self.rowsTogether))
                missing.removeFirst(batch.count)
                let found = try entries(batch, foreign)
                if scope.isDry { for entry in found { lacking(entry.picture) } }
                try write(found, foreign)
                progress(counts)
            }
            progress(counts)
            page = listing.next
        }
    }

    private func isMeant(_ camera: CameraUID?, _ recordedAt: Timestamp) -> Bool {
        (scope.camera == nil || scope.camera == camera) && (scope.since.map { $0 <= recordedAt } ?? true)
    }

    // MARK: - The bucket

    private func list(from token: String) throws(Failure) -> ObjectListing {
        // 1000 keys of 1 KiB, each escaped, and their other elements.
        let body = MemoryBody()
        _ = try perform([.list(bucket: bucket, prefix: prefix, from: token, into: body, limit: 16 << 20)])
        guard let listing = ObjectListing(body.bytes.span) else {
            throw Failure(description: "LIST \(bucket): what came is no list of objects; see what answers at [s3] endpoint")
        }
        return listing
    }

    /// What the objects say of themselves.
    private func entries(_ keys: [String], _ foreign: (String, String) -> Void) throws(Failure) -> [RecordEntry] {
        var entries: [RecordEntry] = []
        var rest = keys[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.together))
            rest = rest.dropFirst(batch.count)
            let answers = try perform(batch.map { .head(bucket: bucket, key: $0, reading: StoredObject.headers) })
            for (key, answer) in zip(batch, answers) {
                // Gone since it was listed.
                guard let answer else { continue }
                guard
                    var object = StoredObject(
                        headers: answer.headers, contentType: answer.contentType, size: Int(answer.contentLength ?? 0), bucket: bucket,
                        key: key)
                else {
                    counts.foreign += 1
                    foreign(key, "it has no metadata of a gateway's")
                    continue
                }
                guard isMeant(object.picture.camera, object.picture.recordedAt) else { continue }
                if object.picture.sha256.isEmpty, !scope.isDry { guard try read(&object) else { continue } }
                counts.objects += 1
                entries.append(RecordEntry(object.picture, objectVersion: answer.versionID, gateway: object.gateway))
            }
        }
        return entries
    }

    /// Takes from the bytes what the headers lack.
    /// - Returns: false when the object is gone.
    private func read(_ object: inout StoredObject) throws(Failure) -> Bool {
        let sink: DigestSink
        do throws(CryptoFailure) { sink = try DigestSink() } catch { throw Failure(description: "\(error)") }
        let answers = try perform([.get(bucket: bucket, key: object.picture.key, into: sink, limit: .max)])
        guard answers[0] != nil else { return false }
        do throws(CryptoFailure) {
            object.picture = try sink.completing(object.picture)
            return true
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    /// Nil for an object that is not there.
    func perform(_ requests: [ObjectRequest]) throws(Failure) -> [ObjectStoreAnswer?] {
        var answers = [ObjectStoreAnswer?](repeating: nil, count: requests.count)
        let first = nextToken
        nextToken += UInt64(requests.count)
        do throws(ObjectStoreError) {
            for (offset, request) in requests.enumerated() { try client.start(request, token: first + UInt64(offset)) }
            var left = requests.count
            // The client's own stall timeout ends each of them.
            while left > 0 {
                try client.wait(atMost: .seconds(1))
                while let completion = client.nextCompletion() {
                    left -= 1
                    do throws(ObjectStoreError) {
                        answers[Int(completion.token - first)] = try completion.result.get()
                    } catch {
                        guard error.isObjectMissing else { throw error }
                    }
                }
            }
        } catch {
            client.cancelAll()
            throw Failure(description: error.advice)
        }
        return answers
    }

    // MARK: - The table

    private func write(_ entries: [RecordEntry], _ foreign: (String, String) -> Void) throws(Failure) {
        guard !entries.isEmpty else { return }
        if scope.isDry {
            counts.written += entries.count
            return
        }
        let written = try inTable { (table: RecordStore) throws(RecordFailure) in try table.write(entries) }
        for (entry, result) in zip(entries, written) {
            switch result {
            case .success(.inserted): counts.written += 1
            // Its capture has a row that leads to another object of the same bytes, or somebody was quicker.
            case .success: counts.present += 1
            case .failure(let failure):
                counts.foreign += 1
                foreign(entry.picture.key, failure.description)
            }
        }
    }

    func inTable<T>(_ body: (RecordStore) throws(RecordFailure) -> T) throws(Failure) -> T {
        do throws(RecordFailure) { return try body(table) } catch { throw Failure(description: error.description) }
    }
}

/// Takes the checksum of what comes, and sees whether it ends.
private final class DigestSink: BodySink {
    private var hash: SHA256
    private var first: [UInt8] = []
    private var walk: IntactWalk?
    private var size = 0

    init() throws(CryptoFailure) { hash = try SHA256() }

    func take(_ bytes: borrowing Span<UInt8>) {
        hash.update(bytes)
        size += bytes.count
        guard var walk else {
            for index in bytes.indices { first.append(bytes[index]) }
            guard first.count >= ContentType.bytesNeeded else { return }
            begin()
            return
        }
        walk.update(bytes)
        self.walk = walk
    }

    private func begin() {
        var walk = IntactWalk(ContentType(firstBytes: first.span))
        walk.update(first.span)
        self.walk = walk
    }

    func completing(_ picture: Picture) throws(CryptoFailure) -> Picture {
        if walk == nil { begin() }
        let start = Array(first.prefix(ContentType.bytesNeeded))
        let type = ContentType(firstBytes: start.span)
        var whole = Picture(
            camera: picture.camera, imageID: picture.imageID, imageIDSource: picture.imageIDSource, topic: picture.topic,
            recordedAt: picture.recordedAt, size: size, chunks: picture.chunks, sha256: Hex.lower(try hash.finish()), contentType: type,
            bucket: picture.bucket, key: picture.key)
        whole.notes = picture.notes
        whole.notes.intact = picture.notes.intact ?? walk?.isIntact
        return whole
    }
}
