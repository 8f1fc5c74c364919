import Testing

@testable import IngestCore

@Suite("A selection of names")
struct SpoolSelectionTests {
    @Test("gives the next ones in order, whatever the order they are offered in", arguments: [1, 2, 7, 100, 1000])
    func inOrder(limit: Int) {
        let names = (0..<500).map { "n\(1000 + $0)" }
        for order in Configuration.Drain.Order.allCases {
            let expected = order == .oldestFirst ? names : names.reversed()
            var walked: [String] = []
            while true {
                var selection = SpoolSelection(limit, order, after: walked.last)
                for name in names.shuffled() { selection.offer(name) }
                let next = selection.take()
                #expect(next.count <= limit)
                walked += next
                if next.count < limit { break }
            }
            #expect(walked == expected)
        }
    }
}

@Suite("The pairing of a folder's files")
struct SpoolPairingTests {
    private func names(_ count: Int) -> [SpoolEntryName] {
        (0..<count).compactMap { SpoolEntryName(base: "20261122T083105.123Z~cam7~i\($0)") }
    }

    @Test("is complete when every name has both, in any order")
    func complete() {
        var pairing = SpoolPairing()
        for name in names(1000) { pairing.addPicture(name) }
        for name in names(1000).reversed() { pairing.addRecord(name) }
        #expect(pairing.isComplete)
    }

    @Test("is not when one half is missing, nor when two are that belong to different names")
    func incomplete() {
        for missing in [[0], [1], [0, 1]] {
            var pairing = SpoolPairing()
            for (index, name) in names(1000).enumerated() {
                if !(missing.contains(0) && index == 17) { pairing.addPicture(name) }
                if !(missing.contains(1) && index == 18) { pairing.addRecord(name) }
            }
            #expect(!pairing.isComplete)
        }
    }
}
