public import Foundation

/// Looks at `condition` until it gives an answer, and throws when none has come by the deadline.
/// - Parameter pause: between two looks, in seconds; longer where a look is dear.
@discardableResult
public func eventually<T>(
    _ what: String, within seconds: TimeInterval = 30, every pause: TimeInterval = 0.005, _ condition: () throws -> T?
) throws -> T {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    while true {
        if let answer = try condition() { return answer }
        guard clock.now < deadline else { throw ServiceError("waited \(seconds) s in vain for \(what)") }
        usleep(UInt32(pause * 1_000_000))
    }
}

/// The same for a condition that is true or not.
public func eventually(
    _ what: String, within seconds: TimeInterval = 30, every pause: TimeInterval = 0.005, _ condition: () throws -> Bool
) throws {
    try eventually(what, within: seconds, every: pause) { try condition() ? () : nil }
}
