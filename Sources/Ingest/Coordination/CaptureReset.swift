import Clients
package import IngestCore

/// What an operator does to have a capture stored again: deletes what Redis knows of it. The next time the camera sends it, it is
/// delivered again, to the same row and the same object.
///
/// Whoever prefers redis-cli deletes the same keys by hand. Claims stay: they tell under which name and key it was stored.
package struct CaptureReset: ~Copyable {
    /// What was deleted.
    package struct Removed: Equatable, Sendable {
        /// Whole keys, sorted.
        package var keys: [String] = []
        /// Lines of `processed:`, where others stay.
        package var lines = 0
        package var isNothing: Bool { keys.isEmpty && lines == 0 }
    }

    /// More cameras than any site has send captures under one image id.
    private static let mostKeys = 100_000

    /// Redis could not be reached, or would not.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private var redis: RedisConnection

    /// - Parameter camera: leaves captures of other cameras under the same image id alone.
    package static func run(_ imageID: String, camera: CameraUID?, in redis: Configuration.Redis) throws(Failure) -> Removed {
        do throws(RedisError) {
            let settings = RedisSettings(redis)
            var reset = CaptureReset(redis: try RedisConnection(settings, lookup: HostLookup(settings.host)))
            return try reset.reset(imageID, camera: camera)
        } catch {
            throw Failure(description: error.advice)
        }
    }

    private mutating func reset(_ imageID: String, camera: CameraUID?) throws(RedisError) -> Removed {
        var removed = Removed()
        let processed = CoordinationKey.processed(imageID)
        var cameras: Set<CameraUID> = []
        var keys: Set<String> = []
        if let camera {
            cameras = [camera]
            let lines = try redis.run(CoordinationScripts.forget, keys: [processed], arguments: [Array(camera.text.utf8)]).integer ?? 0
            let left = try redis.send(.get(processed)).text
            if left == nil, lines > 0 { removed.keys.append(processed) } else { removed.lines = lines }
            // What the former service left names no camera, so it is every camera's.
            if left == "1" { keys.insert(processed) }
            keys.formUnion([CoordinationKey.chunks(imageID, camera), CoordinationKey.meta(imageID, camera)])
        } else {
            cameras = Set(ProcessedLines(try redis.send(.get(processed)).text).cameras)
            keys = [processed]
            for prefix in ["image_chunks:\(imageID)", "image_meta:\(imageID)"] {
                // The former service's keys had no camera in them.
                keys.insert(prefix)
                let found = try redis.keys(matching: RedisCommand.literalPattern(prefix + ":") + "*", limit: Self.mostKeys)
                for key in found { if let camera = CameraUID(String(key.dropFirst(prefix.count + 1))) { cameras.insert(camera) } }
                keys.formUnion(found)
            }
        }
        keys.formUnion(cameras.map { CoordinationKey.session($0) })
        let candidates = keys.sorted()
        for start in stride(from: 0, to: candidates.count, by: 1000) {
            let part = candidates[start..<min(start + 1000, candidates.count)]
            for (key, reply) in zip(part, try redis.pipeline(part.map { .delete([$0]) })) {
                if case .error(let cause) = reply { throw RedisError("DEL", redis.settings.endpoint, cause) }
                if reply.integer == 1 { removed.keys.append(key) }
            }
        }
        removed.keys.sort()
        return removed
    }
}
