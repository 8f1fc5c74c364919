package import IngestCore

/// A picture whose object is stored, to be written down.
package struct RecordEntry: Equatable, Sendable {
    package let picture: Picture
    /// As S3 gave it; nil for a bucket without versions.
    package let objectVersion: String?
    /// Who stored it; nil is this gateway.
    package let gateway: String?

    package init(_ picture: Picture, objectVersion: String? = nil, gateway: String? = nil) {
        self.picture = picture
        self.gateway = gateway
        self.objectVersion = objectVersion
    }

    /// With the times that its picture would have with a clock.
    func healed(by history: ClockHistory) -> RecordEntry {
        RecordEntry(history.healed(picture), objectVersion: objectVersion, gateway: gateway)
    }
}
