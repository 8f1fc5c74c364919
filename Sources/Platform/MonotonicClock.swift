import Glibc

/// The clock all waiting goes by.
package enum MonotonicClock {
    /// Time since boot, suspension included.
    ///
    /// The corresponding C function is `clock_gettime` with `CLOCK_BOOTTIME`.
    package static func now() -> Duration { read(CLOCK_BOOTTIME) }

    /// Civil time in milliseconds since 1970-01-01T00:00:00Z; may be stepped at any moment.
    ///
    /// The corresponding C function is `clock_gettime` with `CLOCK_REALTIME`.
    package static func wallMilliseconds() -> Int64 {
        let now = read(CLOCK_REALTIME).components
        return now.seconds * 1000 + now.attoseconds / 1_000_000_000_000_000
    }

    /// For commands alone: the gateway's threads wait for events.
    ///
    /// The corresponding C function is `nanosleep`.
    package static func sleep(_ pause: Duration) {
        var time = timespec()
        time.tv_sec = Int(pause.components.seconds)
        time.tv_nsec = Int(pause.components.attoseconds / 1_000_000_000)
        unsafe nanosleep(&time, nil)
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
