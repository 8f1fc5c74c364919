import Testing

@testable import IngestCore

@Suite("The spool's limits")
struct SpoolLimitsTests {
    private func limits(_ whenFull: Configuration.Spool.WhenFull = .pause) -> SpoolLimits {
        var configuration = Configuration.Spool()
        configuration.maxSize = 1 << 20
        configuration.keepFree = 1 << 20
        configuration.whenFull = whenFull
        return SpoolLimits(configuration)
    }

    private func usage(used: Int = 0, droppable: Int = 0, available: Int = 1 << 30) -> SpoolLimits.Usage {
        SpoolLimits.Usage(used: used, droppable: droppable, available: available)
    }

    @Test("let a picture in while it fits, both files in whole blocks")
    func fits() {
        #expect(SpoolLimits.onDisk(1) == 8192 && SpoolLimits.onDisk(4096) == 8192 && SpoolLimits.onDisk(4097) == 12_288)
        #expect(limits().decide(adding: 4096, usage(used: (1 << 20) - 8192)) == .store)
        #expect(limits().decide(adding: 4096, usage(used: (1 << 20) - 8191)) == .pause)
        #expect(limits().decide(adding: 4096, usage(available: (1 << 20) + 8192)) == .store)
        #expect(limits().decide(adding: 4096, usage(available: (1 << 20) + 8191)) == .pause)
    }

    @Test("give up what they are told to when it does not fit")
    func full() {
        let full = usage(used: 1 << 20, droppable: 1 << 19)
        #expect(limits(.dropNewest).decide(adding: 4096, full) == .dropNewest)
        #expect(limits(.dropOldest).decide(adding: 4096, full) == .dropOldest(bytes: 8192))
        let both = usage(used: 1 << 20, droppable: 1 << 19, available: 0)
        #expect(limits(.dropOldest).decide(adding: 4096, both) == .dropOldest(bytes: (1 << 20) + 8192))
    }

    @Test("pause where there is nothing to drop")
    func nothingToDrop() {
        #expect(limits(.dropOldest).decide(adding: 4096, usage(used: 1 << 20)) == .pause)
    }

    @Test("let intake go on only when there is room for more than the next picture")
    func resume() {
        let twentieth = (1 << 20) / 20
        #expect(limits().hasRoom(for: 4096, usage(used: (1 << 20) - twentieth)))
        #expect(!limits().hasRoom(for: 4096, usage(used: (1 << 20) - twentieth + 1)))
        #expect(!limits().hasRoom(for: 1 << 19, usage(used: 1 << 19)))
    }
}
