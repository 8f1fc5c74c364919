import Foundation
import Testing

@testable import Platform

@Suite("The service manager")
struct ServiceManagerTests {
    @Test("is told of each state, over a path and over an abstract socket", arguments: [false, true])
    func told(abstract: Bool) throws {
        let receiver = try abstract ? DatagramReceiver("@thermo-test-\(UUID().uuidString)") : DatagramReceiver()
        let manager = ServiceManager(environment: { $0 == "NOTIFY_SOCKET" ? receiver.path : nil })
        try manager.notify(.ready, .status("2 cameras"))
        #expect(try receiver.receiveText() == "READY=1\nSTATUS=2 cameras")
        try manager.notify(.watchdog)
        #expect(try receiver.receiveText() == "WATCHDOG=1")
        try manager.notify(.extendTimeout(.milliseconds(1500)))
        #expect(try receiver.receiveText() == "EXTEND_TIMEOUT_USEC=1500000")
        try manager.notify(.stopping)
        #expect(try receiver.receiveText() == "STOPPING=1")
        try manager.notify(.reloading)
        let reloading = try receiver.receiveText().split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        #expect(reloading.last?.hasPrefix("MONOTONIC_USEC=") == true && Int(reloading[1].dropFirst(15)) ?? 0 > 0)
    }

    @Test("gets a status of one line, whatever is in it")
    func oneLine() throws {
        #expect(ServiceManager.line(.status("a\nREADY=1")) == "STATUS=a\\nREADY=1")
    }

    @Test("is optional")
    func absent() throws {
        let manager = ServiceManager(environment: { _ in nil })
        #expect(manager.socketPath == nil && manager.watchdogInterval == nil)
        try manager.notify(.ready)
    }

    @Test("that is gone is an error, not a hang")
    func gone() {
        let manager = ServiceManager(environment: { $0 == "NOTIFY_SOCKET" ? "/nonexistent/socket" : nil })
        #expect(throws: SystemError("sendto", ENOENT, on: "/nonexistent/socket")) { try manager.notify(.ready) }
    }

    @Test("watches only the process it means")
    func watchdog() {
        func interval(_ variables: [String: String]) -> Duration? {
            ServiceManager(environment: { variables[$0] }, processID: 42).watchdogInterval
        }
        #expect(interval(["WATCHDOG_USEC": "20000000"]) == .seconds(20))
        #expect(interval(["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "42"]) == .seconds(20))
        #expect(interval(["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "43"]) == nil)
        #expect(interval(["WATCHDOG_USEC": "nonsense"]) == nil)
    }
}
