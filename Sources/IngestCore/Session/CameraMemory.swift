/// What the assembly remembers of a camera beside its open captures: what a journal keeps over a restart, so that repeats are
/// known for repeats after it too.
package struct CameraMemory: Equatable, Sendable {
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
    /// One number for each of its last messages, oldest first, and what became of the capture it was part of.
    package let messages: [UInt64]
    package let fates: [UInt16]
    /// Oldest first.
    package let pictures: [FinishedPicture]

    package init(camera: CameraUID, messages: [UInt64], fates: [UInt16], pictures: [FinishedPicture]) {
        self.camera = camera
        self.messages = messages
        self.fates = fates
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
        let (keys, fates) = it.ring.exported
        return CameraMemory(camera: it.uid, messages: keys, fates: fates, pictures: pictures.reversed())
    }

    /// Takes up what an earlier run remembered, before any message of the camera.
    package mutating func restore(_ memory: CameraMemory, now: Instant) {
        let camera = camera(for: memory.camera, now: now).record
        for (key, fate) in zip(memory.messages, memory.fates) {
            cameras.remember(key, tag: max(fate, ArrivalRing.Fate.otherwise), of: camera, capacity: limits.receiveMaximum)
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
