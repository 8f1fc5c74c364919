/// What the assembly remembers of a camera beside its open captures: what a journal keeps over a restart, so that repeats are
/// known for repeats after it too.
package struct CameraMemory: Equatable, Sendable {
    package struct Message: Equatable, Sendable {
        /// Chunk number, total, image id and content in one.
        package let key: UInt64
        /// Which of the camera's captures it was part of, and what became of that.
        package let tag: UInt16
        package let fate: UInt8

        package init(key: UInt64, tag: UInt16, fate: UInt8) {
            self.key = key
            self.tag = tag
            self.fate = fate
        }
    }

    package struct FinishedPicture: Equatable, Sendable {
        package let checksum: Checksum
        /// Stands for its image id; 0 without one.
        package let idHash: UInt64
        /// Since it was complete, in time while connected.
        package let age: Duration
        /// Messages of the camera that came after it.
        package let messagesSince: Int

        package init(checksum: Checksum, idHash: UInt64, age: Duration, messagesSince: Int) {
            self.checksum = checksum
            self.idHash = idHash
            self.age = age
            self.messagesSince = messagesSince
        }
    }

    package let camera: CameraUID
    /// Its last ones, oldest first.
    package let messages: [Message]
    /// Oldest first.
    package let pictures: [FinishedPicture]

    package init(camera: CameraUID, messages: [Message], pictures: [FinishedPicture]) {
        self.camera = camera
        self.messages = messages
        self.pictures = pictures
    }
}

extension Assembler {
    package func memory(of camera: CameraIndex, now: Instant) -> CameraMemory {
        let it = cameras[camera.record]
        let ticks = clock.ticks(at: now)
        var pictures: [CameraMemory.FinishedPicture] = []
        var position = it.newestFinished
        while let entry = finished.entry(at: position) {
            pictures.append(
                CameraMemory.FinishedPicture(
                    checksum: entry.checksum, idHash: entry.idHash, age: .nanoseconds(ticks - entry.completed),
                    messagesSince: it.messages - entry.message))
            position = entry.previous
        }
        return CameraMemory(camera: it.uid, messages: it.ring.exported, pictures: pictures.reversed())
    }

    /// Takes up what an earlier run remembered, before any message of the camera.
    package mutating func restore(_ memory: CameraMemory, now: Instant) {
        let camera = camera(for: memory.camera, now: now).record
        for message in memory.messages {
            let fate = ArrivalRing.Fate(rawValue: message.fate) ?? .gone
            cameras.remember(message.key, tag: message.tag, fate: max(fate, .gone), of: camera, capacity: limits.receiveMaximum)
            cameras[camera].nextTag = message.tag &+ 1
        }
        for picture in memory.pictures {
            let completed = clock.ticks(at: now) - ConnectedClock.nanoseconds(picture.age)
            cameras[camera].newestFinished = finished.add(
                FinishedPictures.Entry(
                    checksum: picture.checksum, idHash: picture.idHash, completed: completed,
                    message: cameras[camera].messages - picture.messagesSince, previous: cameras[camera].newestFinished))
        }
    }
}
