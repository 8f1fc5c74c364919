import Foundation
import TestServices
import Testing

@Suite("A kernel with larger pages", .serialized)
struct PageSizeTests {
    /// Tells the program that pages are larger than they are, gives it memory as such a kernel would, and refuses what that would refuse:
    /// addresses and offsets that are no multiple of a page (mmap(2), munmap(2), madvise(2), msync(2)).
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdint.h>
        #include <sys/auxv.h>
        #include <sys/mman.h>
        #include <unistd.h>
        #define ACTUAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
        #define UP(size) (((size) + PAGE - 1) / PAGE * PAGE)
        static int odd(const void *place) { return (uintptr_t)place % PAGE != 0; }
        static int refuse(void) { errno = EINVAL; return -1; }
        long sysconf(int name) { return name == _SC_PAGESIZE ? PAGE : ACTUAL(sysconf)(name); }
        int getpagesize(void) { return PAGE; }
        unsigned long getauxval(unsigned long type) { return type == AT_PAGESZ ? PAGE : ACTUAL(getauxval)(type); }
        void *mmap(void *place, size_t size, int protection, int flags, int file, off_t offset) {
            if (offset % PAGE || ((flags & MAP_FIXED) && odd(place))) { refuse(); return MAP_FAILED; }
            if (flags & MAP_FIXED) return ACTUAL(mmap)(place, size, protection, flags, file, offset);
            char *room = ACTUAL(mmap)(0, UP(size) + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (room == MAP_FAILED) return room;
            room = (char *)UP((uintptr_t)room);
            return ACTUAL(mmap)(room, UP(size), protection, flags | MAP_FIXED, file, offset);
        }
        void *mmap64(void *place, size_t size, int protection, int flags, int file, off64_t offset) {
            return mmap(place, size, protection, flags, file, offset);
        }
        int munmap(void *place, size_t size) { return odd(place) ? refuse() : ACTUAL(munmap)(place, UP(size)); }
        int madvise(void *place, size_t size, int advice) { return odd(place) ? refuse() : ACTUAL(madvise)(place, size, advice); }
        int msync(void *place, size_t size, int flags) { return odd(place) ? refuse() : ACTUAL(msync)(place, size, flags); }
        """

    @Test("changes nothing: pool and journal keep every picture over a kill", arguments: [16 << 10, 64 << 10])
    func pages(size: Int) throws {
        let shim = try PreloadedShim(Self.shim, "-DPAGE=\(size)L")
        // No multiple of a page, either of them.
        let site = try Site("[intake]\npool = \"8196KiB\"\nmax_image = \"1MiB\"\n[journal]\nsegment = \"1028KiB\"") {
            $0.environment = shim.environment
        }
        try run("/bin/grep", "-q", shim.library, "/proc/\(site.gateway.pid)/maps")
        let whole = (0..<30).map { TestPicture("cam\($0 % 3)", $0, size: 200_000) }
        for picture in whole { try site.cameras().publish(picture) }
        let half = TestPicture("cam9", 99, size: 200_000)
        for chunk in half.messages.indices.dropLast() { try site.cameras().publish(half, chunk: chunk) }
        try site.cameras().finish()
        try eventually("all to be acknowledged: \(site.gateway.tail)") { site.gateway.metric("mqtt_ack_pending") == 0 }
        site.gateway.kill()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        try site.cameras().publish(half, chunk: half.messages.count - 1)
        try site.expectStoredOnce(whole + [half])
    }

    private func run(_ command: String...) throws {
        let end = try TestServices.run(command)
        guard end.status == 0 else { throw ServiceError("\(command[0]) ends with \(end.status): \(end.errors)") }
    }
}
