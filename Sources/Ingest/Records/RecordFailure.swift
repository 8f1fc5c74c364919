package import Clients
package import IngestCore

/// Why pictures could not be looked up or written down, what that calls for, and what a person can do about it.
package struct RecordFailure: Error, Equatable {
    package let cause: PostgresError
    package let failureClass: FailureClass
    /// A sentence for the log and the status page; nil where nobody needs to do anything.
    package let remedy: String?

    package init(_ cause: PostgresError) {
        self.cause = cause
        switch cause.kind {
        case .value:
            failureClass = .unsendable
            remedy = nil
        case .notKept:
            failureClass = .picture
            remedy = "a trigger, rule or policy of that table keeps rows out without an error: mend it, or let it raise one"
        case .server:
            failureClass = SQLStateClass.verdict(on: cause.sqlState)
            remedy = SQLStateClass.remedy(for: cause.sqlState)
        case .unreachable, .timeout:
            failureClass = .retry(after: nil)
            remedy = nil
        case .tls:
            failureClass = .operatorNeeded
            remedy = "check sslmode, sslrootcert and the host name in [postgres] url against the server's certificate"
        case .setup:
            failureClass = .operatorNeeded
            remedy = "correct [postgres] url and password, DATABASE_URL or DB_*"
        }
    }
}

extension RecordFailure {
    /// Whether it says nothing of the connection, nor of other pictures.
    var isOfOnePicture: Bool { failureClass == .picture || failureClass == .denied || failureClass == .unsendable }
}

extension RecordFailure: CustomStringConvertible {
    package var description: String { cause.description.followed(by: remedy ?? hint) }

    /// Where to look while it may pass by itself.
    private var hint: String {
        switch cause.kind {
        case .unreachable: "see that PostgreSQL runs, and that [postgres] url, DATABASE_URL or DB_HOST and DB_PORT lead to it"
        case .timeout: "see that the database's machine can be reached from here, and that the server is not overloaded"
        default: ""
        }
    }
}

extension DeliveryFailure {
    init(_ failure: RecordFailure) { self.init(failure.failureClass, failure.description) }
}
