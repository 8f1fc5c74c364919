import CPQ
import Glibc
import Platform

extension PostgresConnection {
    /// What became of one transaction: what each of its statements gave back, or the first error, after which nothing of it remains.
    package typealias Outcome = Result<[PostgresRows], PostgresError>

    /// Runs each list of statements as one transaction of its own, all in one round trip. A transaction that fails leaves the others be.
    ///
    /// `success` means committed: the server answers a synchronisation point after the commit. When this throws, the connection is lost,
    /// and any transaction may or may not have been committed.
    /// A transaction with a value that cannot be sent (`.value`) is a failure without troubling the server.
    /// - Throws: only where the connection is lost, or `timeout` passes without a sign of life, which comes with every eighth statement.
    ///
    /// The corresponding C functions are `PQsendQueryPrepared`, `PQsendFlushRequest`, `PQpipelineSync`, `PQflush`, `PQconsumeInput` and
    /// `PQgetResult`.
    package mutating func run(_ transactions: [[PostgresCall]]) throws(PostgresError) -> [Outcome] {
        guard !isBroken else { throw PostgresError(.unreachable, "run", "the connection was lost before") }
        let refusals = transactions.map(Self.unsendable)
        do throws(PostgresError) {
            for (transaction, refusal) in zip(transactions, refusals) where refusal == nil {
                for (index, call) in transaction.enumerated() {
                    try send(call)
                    // The server keeps its answers until it is asked for them, and we must see that it gets on.
                    if index % 8 == 7, unsafe PQsendFlushRequest(handle) != 1 { throw failure(call.operation) }
                }
                guard unsafe PQpipelineSync(handle) == 1 else { throw failure("synchronise") }
            }
            var outcomes = [Outcome]()
            for (transaction, refusal) in zip(transactions, refusals) {
                if let refusal { outcomes.append(.failure(refusal)) } else { outcomes.append(try receive(transaction)) }
            }
            return outcomes
        } catch {
            isBroken = true
            throw error
        }
    }

    /// Runs statements as one transaction.
    package mutating func transaction(_ calls: [PostgresCall]) throws(PostgresError) -> [PostgresRows] {
        switch try run([calls])[0] {
        case .success(let rows): return rows
        case .failure(let error): throw error
        }
    }

    /// libpq takes text parameters as C strings and would cut them short.
    private static func unsendable(_ transaction: [PostgresCall]) -> PostgresError? {
        for call in transaction where call.parameters.contains(where: { $0?.utf8.contains(0) == true }) {
            return PostgresError(.value, call.operation, "a text has a NUL in it")
        }
        return nil
    }

    private func send(_ call: PostgresCall) throws(PostgresError) {
        let count = Int32(call.parameters.count)
        let sent = unsafe Self.withCStrings(call.parameters) { values in
            switch call.command {
            case .prepare(let name, let sql): unsafe PQsendPrepare(handle, name, sql, 0, nil)
            case .prepared(let name): unsafe PQsendQueryPrepared(handle, name, count, values, nil, nil, 0)
            case .sql(let sql): unsafe PQsendQueryParams(handle, sql, count, nil, values, nil, nil, 0)
            }
        }
        guard sent == 1 else { throw failure(call.operation) }
    }

    /// The results of one transaction: for each statement a result and a null, then the synchronisation point.
    private func receive(_ transaction: [PostgresCall]) throws(PostgresError) -> Outcome {
        var rows = [PostgresRows]()
        var refusal: PostgresError?
        var call = 0
        while true {
            try awaitResult(transaction[min(call, transaction.count - 1)].operation)
            guard let result = unsafe PQgetResult(handle) else {
                call += 1
                // One null more than statements follows an error at the commit.
                guard call <= transaction.count + (refusal == nil ? 0 : 1) else { throw failure("synchronise") }
                continue
            }
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                if let refusal { return .failure(refusal) }
                guard rows.count == transaction.count else { throw PostgresError(.unreachable, "synchronise", "an answer is missing") }
                return .success(rows)
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                rows.append(unsafe Self.rows(of: result))
            case PGRES_PIPELINE_ABORTED:
                break
            default:
                let operation = call < transaction.count ? transaction[call].operation : "commit"
                let error = unsafe Self.error(of: result, operation)
                // No answer comes after a fatal error or the connection's end.
                guard unsafe PQstatus(handle) == CONNECTION_OK, !error.endsConnection else { throw error }
                refusal = refusal ?? error
            }
        }
    }

    /// Sends what is unsent and waits until a result can be taken without blocking. Every step forward renews the deadline: a slow link
    /// is no hung server.
    private func awaitResult(_ operation: String) throws(PostgresError) {
        var deadline = MonotonicClock.now() + timeout
        while true {
            let unsent = unsafe PQflush(handle)
            guard unsent >= 0 else {
                unsafe PQconsumeInput(handle)  // the server may have said why it left
                throw failure(operation)
            }
            guard unsafe PQisBusy(handle) == 1 else { return }
            guard unsafe Self.wait(for: POLLIN | (unsent == 1 ? POLLOUT : 0), on: handle, until: deadline, waiting) else {
                throw PostgresError(.timeout, operation, "no answer within \(timeout)")
            }
            guard unsafe PQconsumeInput(handle) == 1 else { throw failure(operation) }
            deadline = MonotonicClock.now() + timeout
        }
    }

    private func failure(_ operation: String) -> PostgresError {
        let found = unsafe Self.failure(of: handle, hiding: secret)
        return PostgresError(found.kind, operation, sqlState: found.sqlState, found.message)
    }

    private static func error(of result: OpaquePointer, _ operation: String) -> PostgresError {
        func field(_ code: Character) -> String? {
            unsafe PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { unsafe String(cString: $0) }
        }
        // Field codes: PostgreSQL manual, 55.8. A result that libpq made itself, of a closed connection, has no state.
        guard let state = field("C") else {
            return .connecting(unsafe PQresultErrorMessage(result).map { unsafe String(cString: $0) } ?? "", hiding: nil).during(operation)
        }
        var error = PostgresError(.server, operation, sqlState: state, field("M") ?? "")
        error.detail = field("D").map(PostgresError.oneLine)
        error.table = field("t")
        error.column = field("c")
        error.constraint = field("n")
        return error
    }

    private static func rows(of result: OpaquePointer) -> PostgresRows {
        let columns = unsafe PQnfields(result)
        var values = [String?]()
        for row in unsafe 0..<PQntuples(result) {
            for column in 0..<columns {
                let isNull = unsafe PQgetisnull(result, row, column) == 1
                values.append(isNull ? nil : unsafe String(cString: PQgetvalue(result, row, column)))
            }
        }
        return PostgresRows(columns: Int(columns), values: values)
    }
}

extension PostgresError {
    fileprivate func during(_ operation: String) -> PostgresError { PostgresError(kind, operation, sqlState: sqlState, message) }
}
