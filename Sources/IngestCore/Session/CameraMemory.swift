/// What a journal keeps of a camera's messages over a restart, so that repeats are known for repeats after it too.
package enum CameraMemory {
    package struct Message: Equatable, Sendable {
        /// Chunk number, total, image id and content in one.
        package let key: UInt64
        /// Which of the camera's captures it was part of, and what became of that.
        package var tag: UInt16
        package var fate: UInt8
        /// The packet identifier it came with; 0 for none.
        package var packet: UInt16

        package init(key: UInt64, tag: UInt16, fate: UInt8, packet: UInt16 = 0) {
            self.key = key
            self.tag = tag
            self.fate = fate
            self.packet = packet
        }
    }
}
