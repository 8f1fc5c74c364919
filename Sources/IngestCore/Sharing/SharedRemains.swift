/// What one of the keys of a capture in Redis was found to be, by the look around that each gateway takes now and then.
///
/// ```
/// whole, and nobody has made a picture of it for `settling`     it is for whoever finds it
/// without expiry, silent for longer than `life`                 left behind; goes
/// without expiry, otherwise                                     gets one
/// about to expire, while this gateway hears the broker         its camera's loss is told, once
/// growing old, while it does not                                lives on: no capture grows old while nothing can come for it
/// ```
package struct SharedRemains: Equatable, Sendable {
    package enum Step: Equatable, Sendable {
        case leave, finish, remove, expire, tell
    }

    /// As long as a repeat may still tell that a chunk was another capture's, and the gateway that found it whole may be at work.
    package static let settling = Duration.seconds(10)
    /// Nearer to its expiry than that, and in the last quarter of its life, a capture is told of.
    package static let lastMoments = Duration.seconds(20)

    /// How many chunks are there, of how many; nil where that is not known.
    package let received: Int
    package let total: Int?
    /// When a chunk last came, in Unix seconds; nil where that is not known.
    package let lastUpdate: Int?
    /// Until Redis forgets it; nil for never.
    package let expiry: Duration?
    /// Some chunk of it is no repeat of the capture before.
    package let isOwn: Bool
    package let isTold: Bool

    package init(received: Int, total: Int?, lastUpdate: Int?, expiry: Duration?, isOwn: Bool, isTold: Bool) {
        self.received = received
        self.total = total
        self.lastUpdate = lastUpdate
        self.expiry = expiry
        self.isOwn = isOwn
        self.isTold = isTold
    }

    /// - Parameters:
    ///   - life: of the keys since the last chunk.
    ///   - sharing: this gateway makes pictures of what it finds.
    ///   - isIntakePaused: it does not hear the broker, or holds intake back.
    package func step(now: Int, life: Duration, sharing: Bool, isIntakePaused: Bool = false) -> Step {
        let silent = lastUpdate.map { Duration.seconds(max(0, now - $0)) }
        if sharing, received > 0, received == total, silent ?? Self.settling >= Self.settling { return .finish }
        guard let expiry else { return silent.map { $0 > life } ?? false ? .remove : .expire }
        if sharing, isIntakePaused, received > 0 { return expiry < life * 0.75 ? .expire : .leave }
        return sharing && received > 0 && isOwn && !isTold && expiry < min(Self.lastMoments, life / 4) ? .tell : .leave
    }
}

extension SharedPlace {
    /// The capture that one of our keys belongs to; nil for another's key. The service before this one left the camera out.
    package static func parse(key: String) -> (imageID: String, camera: CameraUID?)? {
        for prefix in ["image_chunks:", "image_meta:"] where key.hasPrefix(prefix) {
            let rest = key.dropFirst(prefix.count)
            // An image id has no colon, a uid may.
            let name = String(rest.prefix { $0 != ":" })
            guard SpoolRecord.isImageID(name) else { return nil }
            if name.utf8.count == rest.utf8.count { return (name, nil) }
            guard let camera = CameraUID(String(rest.dropFirst(name.count + 1))) else { return nil }
            return (name, camera)
        }
        return nil
    }
}
