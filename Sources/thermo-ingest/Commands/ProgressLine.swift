import Glibc
import Platform

/// A line on a terminal that is written over while something long is going on. Nothing where there is no terminal.
struct ProgressLine {
    private let isShown: Bool
    private var next = MonotonicClock.now() + .milliseconds(500)

    init(isWanted: Bool = true) { isShown = isWanted && isatty(STDERR_FILENO) != 0 }

    /// Cheap; shows something a few times a second, and nothing at first: short work needs no progress.
    mutating func show(_ text: @autoclosure () -> String) {
        guard isShown, MonotonicClock.now() >= next else { return }
        next = MonotonicClock.now() + .milliseconds(250)
        write("\r\u{1b}[K" + text())
    }

    func clear() {
        if isShown { write("\r\u{1b}[K") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
