import CLinux
import Glibc
import Logging

/// Sends log lines to systemd's journal, with their fields.
///
/// An entry too large for a datagram goes as a sealed file in memory, passed beside an empty one. A journal that takes nothing for
/// a second is not waited for again until it takes something: lines are then lost, and their number is told as soon as it does.
/// While there is no journal at all, lines go to standard error as text.
package final class JournalWriter: LogWriter {
    package static let socketPath = "/run/systemd/journal/socket"
    private static let patience = timeval(tv_sec: 1, tv_usec: 0)

    private struct State {
        var lost = 0
    }

    private let socket: LocalDatagramSocket
    private let state = Monitor(State())
    private let fallback = LineWriter(format: TextFormat.line)

    /// - Throws: when there is no such socket.
    package init(path: String = JournalWriter.socketPath) throws(SystemError) {
        guard unsafe access(path, F_OK) == 0 else { throw SystemError("access", errno, on: path) }
        socket = try LocalDatagramSocket(to: path)
        var patience = Self.patience
        unsafe setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Whether what is written to standard error ends up in the journal anyway (systemd.exec(5), `$JOURNAL_STREAM`: the device and
    /// inode of that stream).
    package static func standardErrorLeadsToJournal(
        environment: (String) -> String? = Environment.value, descriptor: CInt = STDERR_FILENO, path: String = socketPath
    ) -> Bool {
        var status = stat()
        guard let stream = environment("JOURNAL_STREAM"), unsafe fstat(descriptor, &status) == 0 else { return false }
        guard stream == "\(status.st_dev):\(status.st_ino)" else { return false }
        return unsafe access(path, F_OK) == 0
    }

    package func write(_ record: LogRecord) {
        let lost = state.read { $0.lost }
        do throws(SystemError) {
            try send(JournalFormat.datagram(record), wait: lost == 0)
        } catch {
            switch error.code {
            case EAGAIN, ETIMEDOUT, ENOBUFS, ENOMEM: state.update { $0.lost += 1 }
            default: fallback.write(record)
            }
            return
        }
        if lost > 0 { report(lost, at: record) }
    }

    private func report(_ lost: Int, at record: LogRecord) {
        state.update { $0.lost -= lost }
        let line = LogRecord(
            level: .warning, message: "\(lost) log lines were lost: the journal did not take them", fields: [:], label: record.label,
            time: record.time
        )
        do throws(SystemError) {
            try send(JournalFormat.datagram(line), wait: false)
        } catch {
            state.update { $0.lost += lost }
        }
    }

    private func send(_ bytes: [UInt8], wait: Bool) throws(SystemError) {
        do throws(SystemError) {
            try socket.send(bytes, wait: wait)
        } catch {
            guard error.code == EMSGSIZE || error.code == ENOBUFS else { throw error }
            try sendAsFile(bytes, wait: wait)
        }
    }

    private func sendAsFile(_ bytes: [UInt8], wait: Bool) throws(SystemError) {
        let file = unsafe CLinux_sealable_memory_file("journal-entry")
        guard file >= 0 else { throw SystemError("memfd_create", errno) }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress! + written, $0.count - written) }
            guard count > 0 || errno == EINTR else { throw SystemError("write", errno, on: "journal-entry") }
            written += max(count, 0)
        }
        guard CLinux_seal(file) == 0 else { throw SystemError("fcntl(F_ADD_SEALS)", errno) }
        let flags = CInt(MSG_NOSIGNAL) | (wait ? 0 : CInt(MSG_DONTWAIT))
        let sent = unsafe socket.withAddress { address, length in
            unsafe CLinux_send_file(socket.descriptor, address, length, file, flags)
        }
        guard sent >= 0 else { throw SystemError("sendmsg", errno, on: socket.path) }
    }
}
