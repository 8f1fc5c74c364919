import Foundation

/// Another civil time for a gateway than the machine's, and another word of the kernel's about it, both changed while it runs.
/// Nothing else is touched: it waits by the clock that counts from the start of the machine.
final class WrongClock {
    private let shim: PreloadedShim

    /// - Parameter shift: seconds.
    init(shift: Int, isSynchronised: Bool) throws {
        shim = try PreloadedShim(Self.source)
        try set(shift: shift, isSynchronised: isSynchronised)
    }

    var environment: [String: String] { shim.environment.merging(["WRONG_CLOCK": shim.file("state").path]) { $1 } }

    func set(shift: Int, isSynchronised: Bool) throws {
        try "\(shift) \(isSynchronised ? 1 : 0)\n".write(to: shim.file("state"), atomically: true, encoding: .utf8)
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <sys/timex.h>
        #include <time.h>
        #include <unistd.h>
        static long shift(int *synchronised) {
            char text[64] = {0};
            long seconds = 0;
            int word = 0;
            int file = open(getenv("WRONG_CLOCK"), O_RDONLY | O_CLOEXEC);
            if (file >= 0) {
                if (read(file, text, sizeof text - 1) > 0) sscanf(text, "%ld %d", &seconds, &word);
                close(file);
            }
            if (synchronised) *synchronised = word;
            return seconds;
        }
        int clock_gettime(clockid_t id, struct timespec *t) {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            int code = real(id, t);
            if (id == CLOCK_REALTIME) t->tv_sec += shift(0);
            return code;
        }
        int gettimeofday(struct timeval *restrict t, void *restrict zone) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            t->tv_sec = now.tv_sec, t->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *t) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (t) *t = now.tv_sec;
            return now.tv_sec;
        }
        int adjtimex(struct timex *question) {
            int synchronised;
            shift(&synchronised);
            question->status = synchronised ? 0 : STA_UNSYNC;
            return synchronised ? TIME_OK : TIME_ERROR;
        }
        """
}
