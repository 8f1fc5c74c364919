import Clients
import IngestCore

extension RecordStore {
    /// Runs transactions over the connection there is, or a new one: a server that was restarted since the last call costs nothing but the
    /// time. Gives back what each statement but preparations gave.
    func exchange(_ transactions: (RecordStatements) -> [[PostgresCall]]) throws(RecordFailure) -> [PostgresConnection.Outcome] {
        let outcomes = try perform(transactions)
        if let found {
            self.found = nil
            // Whoever asks for what this could not tell has it looked for.
            if let newest = try? newest() { found(newest) }
        }
        return outcomes
    }

    private func perform(_ transactions: (RecordStatements) -> [[PostgresCall]]) throws(RecordFailure) -> [PostgresConnection.Outcome] {
        do throws(PostgresError) {
            if connection?.isAlive() != true {
                connection = nil
                try connect()
            }
            guard let statements else { return [] }
            let transactions = transactions(statements)
            guard statements.isPooled else { return try connection?.run(transactions) ?? [] }
            // One at a time: a pooler may lend another session at each synchronisation point, and must not meet half of the next then.
            var outcomes: [PostgresConnection.Outcome] = []
            let preamble = settings.transactionSettings
            for calls in transactions {
                let outcome = try connection?.run([preamble + calls])[0]
                let asked = [Bool](repeating: false, count: preamble.count) + calls.map { !$0.isPreparation }
                if let outcome { outcomes.append(outcome.map { rows in zip(rows, asked).filter(\.1).map(\.0) }) }
            }
            return outcomes
        } catch {
            connection = nil
            throw failed(error)
        }
    }

    /// Whatever it was that the whole database refused, the next call starts afresh: another of several hosts may be the primary by then,
    /// tables may have changed under their prepared statements.
    func failed(_ error: PostgresError) -> RecordFailure {
        // Our statements are there already, or gone: the session is lent by a pooler that passes for the server itself.
        if error.sqlState == "42P05" || error.sqlState == "26000" { sharesSessions = true }
        let failure = RecordFailure(error)
        if !failure.isOfOnePicture { connection = nil }
        return failure
    }

    private func connect() throws(PostgresError) {
        var made = try PostgresConnection(settings.target, timeout: settings.timeout, waiting: waiting)
        let answers = try made.transaction([.sql("SELECT pg_catalog.pg_backend_pid()"), RecordSchema.inquiry(schema: settings.schema)])
        let isPooled = sharesSessions || answers[0][0, 0] != "\(made.serverProcess)"
        let statements = RecordStatements(schema: settings.schema, RecordSchema(answers[1]), isPooled: isPooled)
        if !isPooled { _ = try made.transaction([settings.sessionSettings(isLocal: false)] + statements.preparations) }
        self.statements = statements
        connection = consume made
    }
}
