import Glibc

/// Pages of program code in memory. The kernel maps them around every page that is run, so that those which only the start needed
/// stay resident for good.
package enum CodePages {
    /// Lets go of all of them. What runs again is mapped again from the page cache, which costs a minor fault; nothing is read or
    /// written, for only mappings that nobody can write to are touched (madvise(2), MADV_DONTNEED).
    /// - Returns: how many bytes of mappings were let go.
    @discardableResult
    package static func giveBack() throws(SystemError) -> Int {
        var total = 0
        for range in ranges(parsing: try maps()) {
            guard let start = unsafe UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            if unsafe madvise(start, range.count, CInt(MADV_DONTNEED)) == 0 { total += range.count }
        }
        return total
    }

    /// Where code of files is mapped, and cannot be changed: `r-xp` and a path (proc_pid_maps(5)).
    static func ranges(parsing text: String) -> [Range<UInt>] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 6, words[1] == "r-xp", words[5].hasPrefix("/") else { return nil }
            let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
        }
    }

    private static func maps() throws(SystemError) -> String {
        let path = "/proc/self/maps"
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", errno, on: path) }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw SystemError("read", errno, on: path) }
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            text += piece.prefix(count)
        }
    }
}
