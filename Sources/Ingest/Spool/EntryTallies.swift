import IngestCore
import Platform

/// Between the spool's thread, whose entries leave it otherwise than by being stored, and the intake thread, which counts them.
///
/// ```
/// spool: the mark is on the disk ─► ask ─► intake: counted in the journal, and synced ─► answer ─► spool: the mark goes ─► forget
/// ```
/// A crash at any place leaves a mark that is found at the next start, and asked for again; the account counts each name once.
/// Bounded by the marks there are.
final class EntryTallies: Sendable {
    struct Entry: Sendable {
        let name: SpoolEntryName
        let end: PictureEnd
        var key: UInt64 { Account.key(of: name) }
    }

    /// For the account, in this order.
    struct Questions: Sendable {
        var forgotten: [UInt64] = []
        /// Of all the marks there were at one moment; nil where nobody looked.
        var marks: Set<UInt64>?
        var asked: [Entry] = []
    }

    private let questions = Monitor(Questions())
    private let counted = Monitor<[SpoolEntryName]>([])

    func ask(_ entries: [Entry]) { if !entries.isEmpty { questions.update { $0.asked += entries } } }
    func forget(_ names: [SpoolEntryName]) {
        if !names.isEmpty { questions.update { $0.forgotten += names.map { Account.key(of: $0) } } }
    }
    func found(marks: Set<UInt64>) { questions.update { $0.marks = marks } }

    func takeQuestions() -> Questions {
        questions.update { questions in
            defer { questions = Questions() }
            return questions
        }
    }

    /// Their counts are on the disk.
    func answer(_ names: [SpoolEntryName]) { if !names.isEmpty { counted.update { $0 += names } } }

    func takeCounted() -> [SpoolEntryName] {
        counted.update { counted in
            defer { counted = [] }
            return counted
        }
    }
}
