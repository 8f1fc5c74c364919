import Foundation
import TestServices

/// One thread of a process held up while the others go on, as a disk that does not answer holds it up (ptrace(2)). It goes on when this
/// ends.
final class StuckThread {
    private let holder: Service

    private static let script = """
        import ctypes, signal, sys, time
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_ulong, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000
        thread = int(sys.argv[1])
        for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            if libc.ptrace(request, thread, None, None) != 0:
                sys.exit("ptrace: errno %d" % ctypes.get_errno())
        libc.waitpid(thread, None, WALL)
        print("held", flush=True)
        signal.pause()
        """

    /// - Parameter name: of the thread, as the kernel knows it.
    init(_ name: String, of process: pid_t, in folder: TemporaryFolder) throws {
        let tasks = "/proc/\(process)/task"
        let thread = try FileManager.default.contentsOfDirectory(atPath: tasks).first {
            (try? String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8)) == name + "\n"
        }
        guard let thread else { throw ServiceError("process \(process) has no thread \(name)") }
        let holder = try Service("holder-of-\(name)", ["/usr/bin/python3", "-c", Self.script, thread], in: folder.url)
        self.holder = holder
        try holder.answers(within: 20) { holder.tail.contains("held") ? () : nil }
    }

    func release() { holder.kill() }
}
