import Clients
import IngestCore
import Platform

/// Looks for an image id in Redis and in the table, for captures that this gateway has never had or has forgotten. Connections of its
/// own, so that nobody's work waits for it; each of the two is given `patience`. For the search's own thread.
struct BackendSearch: Sendable {
    /// What was found; and what could not be asked, if anything.
    struct Findings: Sendable {
        var images: [PublishedImages.Image] = []
        var unasked: [String] = []
    }

    static let patience = Duration.seconds(1)
    /// More cameras than any site has captures under one image id.
    private static let most = 100

    private let redis: Configuration.Redis?
    private let table: RecordStore.Settings?

    init(_ configuration: Configuration) {
        redis = configuration.redis
        table = try? RecordStore.Settings(configuration)
    }

    /// Chunks in Redis tell more than a row does, a row more than `processed:`.
    func look(for imageID: String, camera: CameraUID?) -> Findings {
        var findings = Findings()
        var stored: [PublishedImages.Image] = []
        if let redis {
            do throws(RedisError) {
                (findings.images, stored) = try lookInRedis(redis, imageID, camera)
            } catch {
                findings.unasked.append("redis: \(error)")
            }
            if !findings.images.isEmpty { return findings }
        }
        do {
            findings.images = try lookInTable(imageID, camera)
        } catch {
            findings.unasked.append("postgres: \(error)")
        }
        if findings.images.isEmpty { findings.images = stored }
        return findings
    }

    private func lookInRedis(
        _ settings: Configuration.Redis, _ imageID: String, _ camera: CameraUID?
    ) throws(RedisError) -> (open: [PublishedImages.Image], stored: [PublishedImages.Image]) {
        let deadline = Instant.current + Self.patience
        var settings = RedisSettings(settings)
        settings.timeout = min(settings.timeout, Self.patience / 2)
        var redis = try RedisConnection(settings, lookup: HostLookup(settings.host))
        var cameras = Set([camera].compactMap(\.self))
        if camera == nil {
            let pattern = RedisCommand.literalPattern("image_meta:\(imageID):") + "*"
            var cursor = "0"
            repeat {
                let parts = try redis.send(.scan(from: cursor, matching: pattern, count: 1000)).array ?? []
                guard parts.count == 2, let next = parts[0].text, let keys = parts[1].array else { break }
                for key in keys { if let camera = key.text.flatMap({ SharedPlace.parse(key: $0)?.camera }) { cameras.insert(camera) } }
                cursor = next
            } while cursor != "0" && cameras.count < Self.most && Instant.current < deadline
        }
        var open: [PublishedImages.Image] = []
        for camera in cameras.sorted(by: { $0.text < $1.text }) {
            let place = SharedPlace(camera: camera, imageID: imageID)
            let replies = try redis.pipeline([RedisCommand("HKEYS", place.keys[0]), .hashGet(place.keys[1], ["total"])])
            let slots = (replies[0].array ?? []).compactMap { $0.text.flatMap { Int($0) } }
            guard let total = replies[1].array?.first?.text.flatMap({ Int($0) }), !slots.isEmpty else { continue }
            let capture = SupersededCapture(place: place, total: total, received: slots)
            var image = PublishedImages.Image(
                camera: camera, imageID: imageID, state: .assembling, received: slots.count, total: total, missing: capture.missing)
            image.foundIn = .redis
            open.append(image)
        }
        let processed = try redis.send(.get(CoordinationKey.processed(imageID))).text
        let stored = ProcessedLines(processed).cameras.filter { camera == nil || $0 == camera }.map { camera in
            var image = PublishedImages.Image(camera: camera, imageID: imageID, state: .stored, received: 0, total: 0)
            image.foundIn = .redis
            return image
        }
        return (open, stored)
    }

    /// The newest picture of a camera that has a row.
    func newest(of camera: CameraUID) throws(PostgresError) -> Picture? {
        guard let table else { return nil }
        let rows = try ask(table, NewestPictures.settings, NewestPictures.inquiry(schema: table.schema, camera: camera))
        return NewestPictures.pictures(rows).max { $0.recordedAt < $1.recordedAt }
    }

    private func ask(_ table: RecordStore.Settings, _ calls: PostgresCall...) throws(PostgresError) -> PostgresRows {
        let timeout = min(table.timeout, Self.patience)
        var connection = try PostgresConnection(table.target, timeout: timeout)
        let limit = PostgresCall.sql(
            "SELECT pg_catalog.set_config('statement_timeout', $1, true)", ["\(Int(timeout / .milliseconds(1)) * 9 / 10)"])
        return try connection.transaction([limit] + calls)[calls.count]
    }

    private func lookInTable(_ imageID: String, _ camera: CameraUID?) throws(PostgresError) -> [PublishedImages.Image] {
        guard let table else { return [] }
        let schema = PostgresIdentifier.quoted(table.schema)
        let rows = try ask(
            table,
            .sql(
                """
                SELECT d.device_uid, o.id::text, o.object_name, round(extract(epoch FROM o.recorded_at) * 1000)::bigint,
                    o.metadata->>'chunks', o.metadata->>'size', o.metadata->>'content_type'
                FROM \(schema).image_objects o JOIN \(schema).devices d ON d.id = o.device_id
                WHERE o.metadata->>'image_id' = $1 AND ($2::text IS NULL OR d.device_uid = $2)
                ORDER BY o.recorded_at DESC LIMIT \(Self.most)
                """, [imageID, camera?.text]))
        var newest: [CameraUID: PublishedImages.Image] = [:]
        for row in 0..<rows.count {
            guard let camera = rows[row, 0].flatMap({ CameraUID($0) }), newest[camera] == nil else { continue }
            let chunks = rows[row, 4].flatMap { Int($0) } ?? 0
            var image = PublishedImages.Image(camera: camera, imageID: imageID, state: .stored, received: chunks, total: chunks)
            image.rowID = rows[row, 1]
            image.objectName = rows[row, 2]
            image.recordedAt = rows[row, 3].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
            image.size = rows[row, 5].flatMap { Int($0) }
            image.contentType = rows[row, 6].flatMap { ContentType(rawValue: $0) }
            image.foundIn = .table
            newest[camera] = image
        }
        return newest.values.sorted { $0.camera.text < $1.camera.text }
    }
}
