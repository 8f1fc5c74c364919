import Foundation
import Platform
import Testing

@Suite("A waker")
struct WakerTests {
    @Test("is readable from the first wake until it is cleared, however often it was woken")
    func readable() throws {
        let waker = try Waker()
        #expect(!isReadable(waker))
        waker.wake()
        waker.wake()
        #expect(isReadable(waker))
        #expect(isReadable(waker))
        waker.clear()
        #expect(!isReadable(waker))
        waker.wake()
        #expect(isReadable(waker))
    }

    @Test("can be cleared when nobody woke it")
    func clearIdle() throws {
        let waker = try Waker()
        waker.clear()
        #expect(!isReadable(waker))
    }

    @Test("wakes a thread that waits in poll")
    func otherThread() throws {
        let waker = try Waker()
        let thread = try NamedThread("waker") { waker.wake() }
        #expect(isReadable(waker, milliseconds: 20_000))
        thread.join()
    }

    @Test("gives its descriptor back, and leaves none to other programs")
    func descriptor() throws {
        var waker: Waker? = try Waker()
        let descriptor = try #require(waker?.descriptor)
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        #expect(link == "anon_inode:[eventfd]")
        waker = nil
        // Another test may have been given the number meanwhile, but then for something else or for a younger eventfd.
        var before = Set<Int32>()
        for _ in 0..<64 { before.insert(try Waker().descriptor) }
        #expect(before.count < 64, "descriptors of wakers that are gone are used again")
    }

    private func isReadable(_ waker: Waker, milliseconds: Int32 = 0) -> Bool {
        var entry = pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) == 1
    }
}
