import Clients
import IngestCore

extension RecordStore {
    /// Runs transactions over the connection there is, or a new one: a server that was restarted since the last call costs nothing but the
    /// time.
    mutating func exchange(_ transactions: [[PostgresCall]]) throws(RecordFailure) -> [PostgresConnection.Outcome] {
        do throws(PostgresError) {
            if connection?.isAlive() != true {
                connection = nil
                connection = try connect()
            }
            return try connection?.run(transactions) ?? []
        } catch {
            connection = nil
            throw RecordFailure(error)
        }
    }

    /// Whatever it was that the whole database refused, the next call starts afresh: another of several hosts may be the primary by then,
    /// tables may have changed under their prepared statements.
    mutating func failed(_ error: PostgresError) -> RecordFailure {
        let failure = RecordFailure(error)
        if failure.failureClass != .picture { connection = nil }
        return failure
    }

    private func connect() throws(PostgresError) -> PostgresConnection {
        var connection = try PostgresConnection(settings.target, timeout: settings.timeout, waiting: waiting)
        let answers = try connection.transaction([settings.manners, RecordSchema.inquiry(schema: settings.schema)])
        let statements = RecordStatements(schema: settings.schema, RecordSchema(answers[1]))
        _ = try connection.transaction(statements.preparations)
        return connection
    }
}
