import Foundation
import TestServices

/// The gateway under test: a process of its own over a configuration file. Ends with the test.
final class Gateway {
    /// The configuration it is started with.
    let config: URL
    let httpPort: Int
    private let folder: URL
    private let environment: [String: String]
    private var keeper: Service?
    private var starts = 0

    /// Between test and gateway, so that its exit status is kept and it ends when the test process does, however that ends.
    private static let script = """
        status=$1; pid=$2; shift 2
        /usr/bin/setpriv --pdeathsig KILL "$@" &
        echo $! >"$pid.new"; mv "$pid.new" "$pid"
        wait $!
        echo $? >"$status.new"; mv "$status.new" "$status"
        """

    init(config: URL, httpPort: Int, in folder: URL, environment: [String: String] = [:]) {
        self.config = config
        self.httpPort = httpPort
        self.folder = folder
        self.environment = environment
    }

    deinit { kill() }

    private(set) var pid: pid_t = 0
    private var statusFile: URL { folder.appending(path: "gateway-\(starts).status") }

    /// Starts it, again after it ended; its log goes on.
    func start() throws {
        starts += 1
        let pidFile = folder.appending(path: "gateway-\(starts).pid")
        keeper = try Service(
            "gateway",
            ["/bin/bash", "-c", Self.script, "gateway", statusFile.path, pidFile.path, gatewayProgram, "run", "--config", config.path],
            in: folder, environment: environment.merging(["LOG_LEVEL": ""]) { given, _ in given }.filter { !$0.value.isEmpty })
        pid = try eventually("the gateway's process") {
            (try? String(contentsOf: pidFile, encoding: .utf8)).flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
    }

    /// Its exit status once it has ended, by itself or by a signal (128 + number).
    var exitStatus: Int? {
        (try? String(contentsOf: statusFile, encoding: .utf8)).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    func signal(_ number: Int32) { if exitStatus == nil, pid > 0 { _ = Foundation.kill(pid, number) } }

    /// SIGTERM; how it ended and how long that took.
    @discardableResult
    func terminate(within seconds: TimeInterval = 12) throws -> (status: Int, seconds: TimeInterval) {
        let began = Date()
        signal(SIGTERM)
        let status = try eventually("the gateway to end: \(tail)", within: seconds) { exitStatus }
        return (status, Date().timeIntervalSince(began))
    }

    /// SIGKILL, and waits until it is gone.
    func kill() {
        guard keeper != nil else { return }
        signal(SIGKILL)
        _ = try? eventually("the gateway to be gone", within: 5) { exitStatus }
        keeper = nil
    }

    // MARK: - What it says

    var log: String { (try? String(contentsOf: folder.appending(path: "gateway.log"), encoding: .utf8)) ?? "" }
    var logLines: [String] { log.split(separator: "\n").map(String.init) }
    func logLines(_ text: String) -> [String] { logLines.filter { $0.contains(text) } }
    var tail: String { logLines.suffix(12).joined(separator: "\n") }

    func waitForLog(_ text: String, within seconds: TimeInterval = 30) throws {
        do {
            try eventually("the log to say \"\(text)\"", within: seconds) { log.contains(text) }
        } catch {
            throw ServiceError("\(error); it ends with\n\(tail)")
        }
    }

    func get(_ path: String) -> PlainHTTP.Answer? { PlainHTTP.get(path, port: httpPort) }

    var isReady: Bool { self.get("/ready")?.status == 200 }

    func waitUntilReady(within seconds: TimeInterval = 30) throws {
        do {
            try eventually("/ready to be 200", within: seconds) {
                if let status = exitStatus { throw ServiceError("the gateway ended with status \(status)") }
                return isReady
            }
        } catch {
            throw ServiceError("\(error); the log ends with\n\(tail)")
        }
    }

    /// `/health`, or nil while nobody answers.
    var health: Health? { self.get("/health").flatMap { try? JSONDecoder().decode(Health.self, from: $0.body) } }

    struct Health: Decodable {
        struct Check: Decodable {
            let ok: Bool
            let error: String?
            let since: String?
            let bucket: String?
        }

        let status: String
        let checks: [String: Check]

        subscript(check: String) -> Check? { checks[check] }
    }

    /// The value of a line of `/metrics`, named as it stands there but for the prefix: `chunks_rejected_total{reason="json"}`.
    func metric(_ name: String) -> Double? {
        guard let text = self.get("/metrics")?.text else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("thermo_ingest_\(name) ") }
        return line.flatMap { Double($0.split(separator: " ").last ?? "") }
    }

    /// Waits until a check has failed; what it says.
    @discardableResult
    func waitForFailure(of check: String, saying text: String = "", within seconds: TimeInterval = 30) throws -> String {
        do {
            return try eventually("\(check) to fail saying \"\(text)\"", within: seconds) { () -> String? in
                guard let error = health?[check]?.error, text.isEmpty || error.contains(text) else { return nil }
                return error
            }
        } catch {
            throw ServiceError("\(error); health is \(health.map { "\($0)" } ?? "unknown"); the log ends with\n\(tail)")
        }
    }

    func waitForHealth(_ status: String = "ok", within seconds: TimeInterval = 30) throws {
        do {
            try eventually("health to be \(status)", within: seconds) { health?.status == status }
        } catch {
            throw ServiceError("\(error); it is \(health.map { "\($0)" } ?? "unknown"); the log ends with\n\(tail)")
        }
    }

    // MARK: - What it uses

    /// Resident memory and its highest value so far, in bytes (proc_pid_status(5)).
    var memory: (now: Int, peak: Int) { (status("VmRSS:") << 10, status("VmHWM:") << 10) }
    var threads: Int { status("Threads:") }

    /// Bytes that its doings made the kernel write to a disk (proc_pid_io(5), write_bytes).
    var writtenBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("write_bytes: ") }.flatMap { Int($0.dropFirst(13)) } ?? 0
    }

    /// Processor time used, user and system (proc_pid_stat(5), fields 14 and 15).
    var processorSeconds: Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let rest = stat.split(separator: ")").last
        else { return 0 }
        let fields = rest.split(separator: " ")
        return ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Its arguments as anyone on the machine sees them.
    var title: String {
        (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func status(_ field: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field) }) else { return 0 }
        return Int(line.split(whereSeparator: { $0 == "\t" || $0 == " " }).dropFirst().first ?? "") ?? 0
    }
}
