/// A picture as the table has it.
package struct RecordedPicture: Equatable, Sendable {
    /// The row's id as text, whatever type the table gives it.
    package let id: String
    package let bucket: String
    package let key: String
    package let recordedAt: Timestamp

    package init(id: String, bucket: String, key: String, recordedAt: Timestamp) {
        self.id = id
        self.bucket = bucket
        self.key = key
        self.recordedAt = recordedAt
    }
}
