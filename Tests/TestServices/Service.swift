public import Foundation

/// A real server, started for a test and ended with it.
///
/// It ends with the test process too, however that ends: a shell stands between the two and kills the server when its own
/// standard input closes.
public final class Service: @unchecked Sendable {
    public let name: String
    /// What the server printed.
    public let log: URL
    /// The server's own process.
    public let pid: pid_t
    private let keeper = Process()
    private let lifeline = Pipe()

    private static let script = """
        pidfile=$1; log=$2; shift 2
        "$@" >>"$log" 2>&1 </dev/null &
        server=$!
        echo $server >"$pidfile.new"; mv "$pidfile.new" "$pidfile"
        read -r _
        # By job, not by number: a number may be somebody else's by now.
        kill -KILL %1 2>/dev/null
        wait
        """

    /// Starts `command`; fails at once, and says how to install it, when there is no such program.
    public init(_ name: String, _ command: [String], in folder: URL, environment: [String: String] = [:]) throws {
        guard FileManager.default.isExecutableFile(atPath: command[0]) else {
            throw ServiceError("\(name): there is no \(command[0]); scripts/setup services installs it")
        }
        self.name = name
        log = folder.appending(path: "\(name).log")
        let pidFile = folder.appending(path: "\(name)-\(UUID().uuidString).pid")
        keeper.executableURL = URL(filePath: "/bin/bash")
        keeper.arguments = ["-c", Self.script, "service", pidFile.path, log.path] + command
        keeper.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        keeper.standardInput = lifeline
        let keeper = self.keeper
        try Self.withSignalsOpen { try keeper.run() }
        pid = try eventually("\(name) to start") {
            (try? String(contentsOf: pidFile, encoding: .utf8)).flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
    }

    deinit { kill() }

    /// Test bodies run on threads that block all signals; a server would inherit that and be deaf to SIGTERM.
    private static func withSignalsOpen(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// Whether the server's own process is there and has not ended.
    public var isRunning: Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        // The state follows the name, which may hold anything (proc_pid_stat(5)).
        return status.split(separator: ")").last?.first { $0 != " " } != "Z"
    }

    /// Looks at `condition` until it gives an answer; fails with the server's last words when it has ended or does not answer in time.
    @discardableResult
    public func answers<T>(within seconds: TimeInterval = 30, _ condition: () throws -> T?) throws -> T {
        do {
            return try eventually("\(name) to answer", within: seconds) {
                if let answer = try condition() { return answer }
                guard isRunning else { throw ServiceError("\(name) has ended") }
                return nil
            }
        } catch let error as ServiceError {
            throw ServiceError("\(error)\n\(tail)")
        }
    }

    /// The last lines it printed, for the message of a failed test.
    public var tail: String {
        ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").suffix(20).joined(separator: "\n")
    }

    public func signal(_ signal: Int32) { _ = Foundation.kill(pid, signal) }

    /// SIGKILL, and waits until it is gone.
    public func kill() { end() }

    /// SIGTERM, and waits until it is gone; SIGKILL when that takes longer than `patience`.
    public func terminate(patience: TimeInterval = 15) {
        signal(SIGTERM)
        let deadline = Date().addingTimeInterval(patience)
        while isRunning && Date() < deadline { usleep(5000) }
        end()
    }

    private func end() {
        try? lifeline.fileHandleForWriting.close()
        if keeper.isRunning { keeper.waitUntilExit() }
    }
}

public struct ServiceError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
