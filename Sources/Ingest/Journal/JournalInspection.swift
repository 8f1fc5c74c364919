import Clients
package import IngestCore
package import Platform

/// Tells which captures the journal holds: those whose chunks were acknowledged, and that are neither stored, spooled nor given up.
/// Changes nothing, and works beside a running gateway, which may be rid of a segment while it is looked for.
package enum JournalInspection {
    package struct Capture: Equatable, Sendable {
        package let camera: CameraUID
        package let imageID: String
        package let total: Int
        /// By index, rising.
        package let missing: [Int]
        package var received: Int { total - missing.count }
    }

    /// All that the journal says.
    /// - Parameter folder: the journal's; one that is not there says nothing.
    /// - Throws: when it cannot be read.
    static func findings(in folder: String) throws(SystemError) -> JournalFindings {
        var attempts = 0
        while true {
            do throws(SystemError) {
                guard try LocalFiles().status(folder) != nil else { return JournalFindings() }
                return try Journal(folder: folder, segment: .max, files: UntouchedFiles()).replay(ringCapacity: 1) { _, _ in }
            } catch {
                attempts += 1
                guard error.code == DiskCode.missing, attempts < 10 else { throw error }
            }
        }
    }

    /// The least recently touched first.
    /// - Parameter folder: the journal's; one that is not there holds nothing.
    /// - Throws: when it cannot be read.
    package static func captures(in folder: String) throws(SystemError) -> [Capture] {
        try findings(in: folder).captures.map(Capture.init)
    }
}

extension JournalInspection.Capture {
    fileprivate init(_ capture: JournaledCapture) {
        let received = Set(capture.chunks.lazy.filter(\.isKept).map(\.index))
        self.init(
            camera: capture.camera, imageID: capture.imageID, total: capture.total,
            missing: (0..<capture.total).filter { !received.contains($0) })
    }
}
