import Foundation
import Platform
import Testing

@Suite("A system error")
struct SystemErrorTests {
    @Test("says which call failed, on what, and why")
    func description() {
        #expect("\(SystemError("open", ENOENT, on: "/no/such/file"))" == "open /no/such/file: No such file or directory")
        #expect("\(SystemError("eventfd", EMFILE))" == "eventfd: Too many open files")
    }

    @Test("is one with the same call, code and subject")
    func equality() {
        #expect(SystemError("open", ENOENT, on: "a") == SystemError("open", ENOENT, on: "a"))
        #expect(SystemError("open", ENOENT, on: "a") != SystemError("open", ENOENT, on: "b"))
        #expect(SystemError("open", ENOENT) != SystemError("open", EACCES))
    }
}
