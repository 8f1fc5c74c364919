public import Foundation

/// Looks at `condition` until it gives an answer, and throws when none has come by the deadline.
@discardableResult
public func eventually<T>(_ what: String, within seconds: TimeInterval = 30, _ condition: () throws -> T?) throws -> T {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    while true {
        if let answer = try condition() { return answer }
        guard clock.now < deadline else { throw ServiceError("waited \(seconds) s in vain for \(what)") }
        usleep(5000)
    }
}

/// The same for a condition that is true or not.
public func eventually(_ what: String, within seconds: TimeInterval = 30, _ condition: () throws -> Bool) throws {
    try eventually(what, within: seconds) { try condition() ? () : nil }
}
