/// Why an incomplete capture was given up. The raw value is the `reason` label of `images_incomplete_total`.
package enum Abandonment: String, CaseIterable, Sendable {
    /// A new capture of the same camera, or under the same image id, began.
    case superseded
    /// Nothing came for `session_timeout` or `stale_after`.
    case timeout
    /// The camera opened more captures than it may have.
    case evicted
    case tooLarge = "too_large"
    /// The texts of its chunks, joined, are no base64.
    case base64
}
