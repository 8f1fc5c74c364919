package import Clients
package import IngestCore

/// What the object store's failures call for.
extension ObjectStoreError {
    /// The failure's class, with the server's wish for a pause, and what the operator should do.
    package var verdict: FailureVerdict {
        let verdict =
            switch cause {
            case .transport(let code, _, _): TransportVerdicts.verdict(curlCode: code)
            case .status(let status, let refusal): S3Verdicts.verdict(status: status, code: refusal?.code, region: refusal?.region)
            case .notAnObjectStore(let status): S3Verdicts.verdict(status: status, code: nil)
            case .body: FailureVerdict(.unsendable, "Run `thermo-ingest spool verify`: the picture's own bytes cannot be read.")
            case .tooLarge: FailureVerdict(.unsendable, "The object is larger than any picture may be; look at it in the bucket.")
            case .unsendable: FailureVerdict(.denied, "Run `thermo-ingest check` and look at [s3].")
            case .cancelled: FailureVerdict(.retry(after: nil), "It was given up to stop; it is tried again by itself.")
            }
        return verdict.asking(for: retryAfter.flatMap { RetryAfter.parse($0, serverDate: serverDate) })
    }

    package var failureClass: FailureClass { verdict.failureClass }

    /// For the log and health: what failed, and what to do about it.
    package var advice: String { "\(description). \(verdict.remedy)" }
}

extension ObjectStoreClient.Settings {
    /// As `[s3]` has it; connecting takes no longer than ten seconds of `timeout`.
    package init(_ settings: Configuration.S3, concurrency: Int) {
        self.init()
        caFile = settings.caFile
        self.concurrency = concurrency
        stallTimeout = settings.timeout
        connectTimeout = min(settings.timeout, .seconds(10))
    }
}
