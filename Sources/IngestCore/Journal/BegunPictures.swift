/// Pictures whose upload began before the gateway ended, and whose chunks the broker alone has: when they come again they are these, with
/// the name, the key and the moment that they had, or are stored already.
package struct BegunPictures: Sendable {
    package typealias Begun = (picture: JournaledPicture, isStored: Bool)

    private struct Key: Hashable {
        let camera: CameraUID
        let checksum: [UInt8]
        /// The camera's own name for it; nil without one.
        let imageID: String?

        init(_ picture: Picture, _ checksum: [UInt8]) {
            camera = picture.camera
            imageID = picture.imageIDSource == .camera ? picture.imageID : nil
            self.checksum = checksum
        }
    }

    /// More than the broker sends unacknowledged; of those that never come again the oldest are forgotten.
    private static let most = 4096

    /// Equal ones in the order in which they came.
    private var pictures: [Key: [Begun]] = [:]
    package private(set) var count = 0

    package init() {}

    /// - Parameter begun: the oldest first.
    package init(_ begun: [Begun]) {
        for it in begun.suffix(Self.most) { pictures[Key(it.picture.picture, it.picture.checksum), default: []].append(it) }
        count = min(begun.count, Self.most)
    }

    /// Which of them a picture is that came now; it is not one of them any more.
    package mutating func take(_ picture: Picture, _ checksum: [UInt8]) -> Begun? {
        let key = Key(picture, checksum)
        guard count > 0, var equal = pictures[key], !equal.isEmpty else { return nil }
        let found = equal.removeFirst()
        pictures[key] = equal.isEmpty ? nil : equal
        count -= 1
        return found
    }

    /// The broker has nothing of them any more.
    package mutating func forgetAll() { self = BegunPictures() }

    package func forEach(_ body: (Begun) -> Void) { for equal in pictures.values { equal.forEach(body) } }
}
