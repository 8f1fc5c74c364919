import Clients
import IngestCore

extension TableRebuild {
    /// The other way round: rows of this bucket and the scope whose object is not there.
    func eachRowWithoutObject(_ found: (RecordStore.RowPlace) -> Void, progress: (Int) -> Void) throws(Failure) {
        var looked = 0
        var last: RecordStore.RowPlace?
        while true {
            let page = try inTable { (table: RecordStore) throws(RecordFailure) in
                try table.rows(ofBucket: bucket, since: scope.since, camera: scope.camera, after: last)
            }
            guard !page.isEmpty else { return }
            var rest = page[...]
            while !rest.isEmpty {
                let batch = Array(rest.prefix(Self.together))
                rest = rest.dropFirst(batch.count)
                let answers = try perform(batch.map { .head(bucket: bucket, key: $0.key) })
                for (row, answer) in zip(batch, answers) where answer == nil { found(row) }
            }
            looked += page.count
            progress(looked)
            last = page.last
        }
    }
}
