import Glibc

/// Civil time where the machine stands.
package enum LocalTime {
    /// Minutes after local midnight, by the wall clock and the machine's time zone.
    ///
    /// The corresponding C function is `localtime_r`.
    package static func minuteOfDay() -> Int { minuteOfDay(unixSeconds: MonotonicClock.wallMilliseconds() / 1000) }

    package static func minuteOfDay(unixSeconds: Int64) -> Int {
        var seconds = time_t(unixSeconds)
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        return unsafe Int(parts.tm_hour) * 60 + Int(parts.tm_min)
    }
}
