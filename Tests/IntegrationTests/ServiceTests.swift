import Foundation
import TestServices
import Testing

@Suite("A service of a test")
struct ServiceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test("runs until it is killed, with what it printed at hand")
    func kill() throws {
        let command = ["/bin/sh", "-c", "echo hello $GREETED; exec sleep 600"]
        let service = try Service("echoer", command, in: folder.url, environment: ["GREETED": "you"])
        try eventually("its greeting") { service.tail == "hello you" }
        #expect(service.isRunning)
        service.kill()
        #expect(!service.isRunning)
    }

    @Test("ends alone, though others were started after it")
    func independent() throws {
        let services = try (0..<4).map { try Service("sleeper-\($0)", ["/bin/sleep", "600"], in: folder.url) }
        services[1].kill()
        #expect(services.map(\.isRunning) == [true, false, true, true])
        for service in services { service.kill() }
        #expect(services.allSatisfy { !$0.isRunning })
    }

    @Test("may end in its own way, within reason")
    func terminate() throws {
        let polite = try Service("polite", shell("trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.01; done"), in: folder.url)
        try eventually("polite") { polite.tail == "up" }
        polite.terminate()
        #expect(!polite.isRunning && polite.tail == "up\nbye")

        let deaf = try Service("deaf", shell("trap '' TERM; echo up; while :; do sleep 0.01; done"), in: folder.url)
        try eventually("deaf") { deaf.tail == "up" }
        deaf.terminate(patience: 0.2)
        #expect(!deaf.isRunning)
    }

    @Test("is known to have ended when it ended by itself, and says its last words")
    func ownEnd() throws {
        let service = try Service("brief", ["/bin/sh", "-c", "echo cannot bind; exit 1"], in: folder.url)
        let began = Date()
        let error = #expect(throws: ServiceError.self) { try service.answers { nil as Int? } }
        #expect(error.map { "\($0)".contains("brief has ended") && "\($0)".contains("cannot bind") } == true)
        #expect(Date().timeIntervalSince(began) < 20)
    }

    @Test("that is not installed says so at once")
    func missing() {
        #expect(throws: ServiceError.self) { try Service("nothing", ["/no/such/server"], in: folder.url) }
    }

    @Test("gets ports that differ and are free")
    func ports() throws {
        let ports = try (0..<200).map { _ in try freePort() }
        #expect(Set(ports).count == 200)
    }

    private func shell(_ script: String) -> [String] { ["/bin/bash", "-c", script] }
}
