/// Hands one value over from the thread that made it to the thread that uses it: put in once, taken out once.
///
/// `@unchecked Sendable`: `init` takes the value for itself (`sending`), and whoever takes it out is its only owner then.
package final class Handover<Value>: @unchecked Sendable {
    private var value: Value?

    package init(_ value: sending Value) { self.value = value }

    /// - Precondition: called once.
    package func take() -> Value {
        guard let taken = value else { preconditionFailure("taken twice") }
        value = nil
        return taken
    }
}
