import Testing

@testable import Platform

@Suite("Pages of code")
struct CodePagesTests {
    @Test("are those of files that cannot be written to")
    func ranges() {
        let text = """
            55d0c8a00000-55d0c8a1e000 r--p 00000000 fe:00 1 /usr/bin/thermo-ingest
            55d0c8a1e000-55d0c8b00000 r-xp 0001e000 fe:00 1 /usr/bin/thermo-ingest
            55d0c8b00000-55d0c8b01000 rw-p 00100000 fe:00 1 /usr/bin/thermo-ingest
            7f0000000000-7f0000001000 rwxp 00000000 00:00 0
            7f0000002000-7f0000003000 r-xp 00000000 00:00 0 [vdso]
            7f0000004000-7f0000008000 r-xp 00001000 fe:00 2 /usr/lib/a folder/libc.so.6

            """
        #expect(CodePages.ranges(parsing: text) == [0x55d0c8a1e000..<0x55d0c8b00000, 0x7f0000004000..<0x7f0000008000])
    }

    @Test("are given back, and come again when they are run")
    func giveBack() throws {
        // Other tests take memory meanwhile.
        let hasShrunk = try (0..<20).contains { _ in
            let before = try ProcessStatus.current().resident
            #expect(try CodePages.giveBack() > 1 << 20)
            return try ProcessStatus.current().resident < before
        }
        #expect(hasShrunk)
    }
}
