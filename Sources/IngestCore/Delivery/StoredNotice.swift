/// What is told of a picture whose row is committed: a hint to look into the table.
///
/// `{"id","camera_uid","image_id","bucket","key","checksum","size","recorded_at","captured_at"}`; `id` is the row's id as text, whatever
/// its type, `captured_at` null where the camera named no time.
package enum StoredNotice {
    /// - Parameter rowID: as the table has it.
    package static func json(_ picture: Picture, rowID: String) -> String { head + JSONQuoting.quoted(rowID) + tail(picture) }

    /// What comes before the row's id, and what after it: the table itself names the id of a new row.
    package static let head = "{\"id\":"

    package static func tail(_ picture: Picture) -> String {
        let members: [(String, String)] = [
            ("camera_uid", JSONQuoting.quoted(picture.camera.text)), ("image_id", JSONQuoting.quoted(picture.imageID)),
            ("bucket", JSONQuoting.quoted(picture.bucket)), ("key", JSONQuoting.quoted(picture.key)),
            ("checksum", JSONQuoting.quoted(picture.sha256)), ("size", String(picture.size)),
            ("recorded_at", JSONQuoting.quoted(picture.recordedAt.rfc3339)),
            ("captured_at", picture.notes.capturedAt.map { JSONQuoting.quoted($0.rfc3339) } ?? "null"),
        ]
        return members.map { ",\"\($0.0)\":" + $0.1 }.joined() + "}"
    }
}
