import CFuzzer
import Glibc

/// `fuzz TARGET [libFuzzer's arguments]`: coverage-guided fuzzing of one reader of bytes from outside (scripts/fuzz). Without a target,
/// the names of all.
@main
enum Fuzz {
    nonisolated(unsafe) private static var target: Target?

    static func main() {
        guard CommandLine.arguments.count > 1 else { return print(Target.all.map(\.name).joined(separator: "\n")) }
        target = Target.all.first { $0.name == CommandLine.arguments[1] }
        guard target != nil else {
            print("no such target: \(CommandLine.arguments[1])")
            exit(EX_USAGE)
        }
        // Program and target are the first argument together: for a merge the driver starts itself again, by a shell.
        CommandLine.unsafeArgv[1] = strdup("\(CommandLine.arguments[0]) \(CommandLine.arguments[1])")
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                Fuzz.target?.run([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }
}

/// One reader, and what must hold whatever it reads.
struct Target: Sendable {
    let name: String
    let run: @Sendable (_ input: [UInt8]) -> Void

    static let all = wire + stores + files + pictures + servers + sequences
}

/// Ends the process where something does not hold, so that libFuzzer keeps the input.
func require(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError(what()) }
}

/// What is left of an input, taken from its front: numbers that steer a target, and then the bytes it reads.
struct Input {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isEmpty: Bool { bytes.isEmpty }

    /// 0 when nothing is left.
    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }
    mutating func below(_ bound: Int) -> Int { (Int(byte()) << 8 | Int(byte())) % bound }

    mutating func take(_ count: Int) -> [UInt8] {
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }
    mutating func text() -> String { String(decoding: rest(), as: UTF8.self) }
}
