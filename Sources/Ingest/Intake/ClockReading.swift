import IngestCore
import Platform

/// The moment when a capture was whole, as all clocks tell it.
struct ClockReading {
    let moment: Timestamp
    /// Nil where the moment is of an earlier run of the gateway.
    private(set) var clock: PictureNotes.Clock?
    /// Where the clock was not synchronised: what may correct it later.
    private(set) var completed: PictureNotes.BootMoment?

    /// - Parameter moment: civil time, a moment ago.
    static func now(_ moment: Timestamp) -> ClockReading {
        var reading = ClockReading(moment: moment)
        reading.clock = KernelClock.isSynchronised ? .synchronised : .unsynchronised
        if reading.clock == .unsynchronised, let boot = KernelClock.boot {
            reading.completed = PictureNotes.BootMoment(boot: boot, milliseconds: MonotonicClock.now().wholeMilliseconds)
        }
        return reading
    }

    init(moment: Timestamp) { self.moment = moment }
}
