/// How the base64 text of one chunk lies in memory, before it is known where in a group of four its first character stands.
///
/// A camera may cut the *text* of a picture at any character, and chunks with an image id come in any order, so a chunk's first
/// sextets may continue a group that an earlier chunk began. Only the first run of padding tells: after it a new group starts.
/// A chunk is therefore stored in three parts, one straight after the other:
///
/// ```
/// part    what it is                                          bytes
/// head    sextets up to the first padding, packed from bit 7   (6 * head + 7) / 8
/// middle  whole decoded bytes of the groups after it           middle
/// rest    sextets of a last group that is still open (0 to 3)  (6 * rest + 7) / 8
/// ```
/// With both firmware habits nearly every chunk is all head, and where its first character starts a group, which is the rule,
/// the stored bytes are the picture's bytes.
package struct ChunkShape: Hashable, Sendable {
    /// Sextets before the first padding character.
    package var head: Int
    /// Padding characters (0 to 2) that follow the head.
    package var headPadding: Int
    /// Decoded bytes after that padding.
    package var middle: Int
    /// Sextets after the last whole group of the middle.
    package var rest: Int
    /// Padding characters that follow `rest`, while the group is not whole.
    package var restPadding: Int

    package init(head: Int = 0, headPadding: Int = 0, middle: Int = 0, rest: Int = 0, restPadding: Int = 0) {
        self.head = head
        self.headPadding = headPadding
        self.middle = middle
        self.rest = rest
        self.restPadding = restPadding
    }

    package var headBytes: Int { (6 * head + 7) / 8 }
    package var restBytes: Int { (6 * rest + 7) / 8 }
    package var storedBytes: Int { headBytes + middle + restBytes }
}
