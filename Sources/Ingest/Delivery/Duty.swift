/// A piece of work that was handed out, and is owed one answer.
///
/// It cannot be copied, and every answer takes it: so it is answered once at most, which the compiler sees to. That it is answered at all
/// shows in a debug build, where one that is dropped ends the program.
struct Duty<Content: Sendable>: ~Copyable, Sendable {
    let content: Content
    private var isAnswered = false

    init(_ content: Content) { self.content = content }

    /// For `Delivery`, which gets the answer.
    consuming func answered() -> Content {
        isAnswered = true
        return content
    }

    /// The gateway ends with it under way. It begins anew at the next start.
    consuming func forsake() { isAnswered = true }

    deinit { assert(isAnswered, "work was dropped without an answer") }
}
