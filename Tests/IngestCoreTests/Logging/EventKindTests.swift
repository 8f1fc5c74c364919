import Foundation
import Testing

@testable import IngestCore

@Suite("The kinds of events")
struct EventKindTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL

    @Test("have ids as the journal wants them, each its own")
    func ids() {
        for kind in EventKind.allCases {
            #expect(kind.rawValue.utf8.count == 32 && kind.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase }, "\(kind)")
        }
        #expect(Set(EventKind.allCases.map(\.rawValue)).count == EventKind.allCases.count)
    }

    @Test(
        "are all explained in the catalogue and listed in the README, and no other is",
        arguments: ["systemd/thermo-ingest.catalog", "README.md"])
    func documented(file: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: file), encoding: .utf8)
        let words = text.split { !$0.isHexDigit && !$0.isLetter }
        let ids = words.filter { $0.utf8.count == 32 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } }.map(String.init)
        #expect(ids.sorted() == EventKind.allCases.map(\.rawValue).sorted())
    }
}
