package import Clients
package import IngestCore

/// The table of pictures in PostgreSQL, last arbiter of what was stored before.
///
/// What stays simple because of what it refuses:
/// - It remembers nothing of the table between calls, no camera's id and no row's: whatever people and other gateways do there, the next
///   call sees. Its only state is the connection, made by the first call and made again after any failure that is not one picture's own.
///   Behind a pooler (PgBouncer in any of its modes) not even that: each transaction brings its settings and statements along.
/// - One batch is one transaction and one round trip: lock, devices, rows, commit.
/// - It never reads or writes `status` of a row that exists.
/// - It decides nothing about objects. That a row's object is missing is for the caller to find out.
///
/// One thread. Batches of about 64 are the best compromise; every picture of a batch is in memory as text, so thousands are not.
package final class RecordStore: RecordPort {
    package struct Settings: Sendable {
        package let target: PostgresTarget
        package var schema: String
        /// How long the server may show no sign of life, and how long one statement may take.
        package var timeout: Duration
        /// Identical pictures with gateway-given ids closer than this are one capture.
        package var repeatWindow: Duration
        /// Identical pictures under the same camera-given id closer than this are one capture.
        package var processedTTL: Duration
        /// This gateway's name, for `metadata`.
        package var gateway: String
        /// Told of each new row; nil tells nobody.
        package var channel: String?

        package init(
            target: PostgresTarget, schema: String = "thermo", timeout: Duration = .seconds(10), repeatWindow: Duration = .seconds(10),
            processedTTL: Duration = .seconds(3600), gateway: String
        ) {
            self.target = target
            self.schema = schema
            self.timeout = timeout
            self.repeatWindow = repeatWindow
            self.processedTTL = processedTTL
            self.gateway = gateway
        }

        /// What the operator has configured.
        /// - Throws: where that cannot be, without looking at any server.
        package init(_ configuration: Configuration) throws(RecordFailure) {
            let gateway = configuration.mqtt.clientID
            let postgres = configuration.postgres
            var overrides = postgres.overrides.mapValues(\.revealed)
            if !postgres.password.isEmpty { overrides["password"] = postgres.password.revealed }
            do throws(PostgresError) {
                self.init(target: try PostgresTarget(postgres.url.revealed, overrides: overrides), gateway: gateway)
            } catch {
                throw RecordFailure(error)
            }
            schema = postgres.schema
            timeout = postgres.timeout
            repeatWindow = configuration.intake.repeatWindow
            processedTTL = configuration.intake.processedTTL
            channel = postgres.notify.isEmpty ? nil : postgres.notify
        }
    }

    private(set) var settings: Settings
    /// Rows that were written without their notices, and how many of them are told of.
    private(set) var untold = 0
    private var toldOf = 0
    /// What they were made of, where an operator's configuration it was.
    private var configuration: Configuration?
    /// Corrects the times of pictures that were taken without a clock.
    private let history: ClockHistory?
    /// Called at least every few seconds while a call waits.
    let waiting: () -> Void
    /// Given the newest picture of each camera as soon as the table can be asked; then nil.
    var found: (([Picture]) -> Void)?
    var connection: PostgresConnection?
    /// Those for `connection`.
    var statements: RecordStatements?
    /// A pooler has shown itself that could not be told from a server.
    var sharesSessions = false

    /// Does not connect yet.
    package init(_ settings: Settings) {
        self.settings = settings
        waiting = {}
        history = nil
    }

    /// - Parameters:
    ///   - history: corrects the times of pictures that were taken without a clock.
    ///   - waiting: called at least every few seconds while a call waits.
    ///   - found: given the newest picture of each camera as soon as the table can be asked.
    init(
        _ configuration: Configuration, history: ClockHistory? = nil, waiting: @escaping () -> Void,
        found: @escaping ([Picture]) -> Void = { _ in }
    ) throws(RecordFailure) {
        self.configuration = configuration
        self.history = history
        self.waiting = waiting
        self.found = found
        settings = try Settings(configuration)
    }

    /// Another address, other credentials: the next call connects anew.
    package func adopt(_ new: Configuration) {
        guard new.postgres != configuration?.postgres || new.intake != configuration?.intake else { return }
        guard let settings = try? Settings(new) else { return }
        configuration = new
        self.settings = settings
        connection = nil
        sharesSessions = false
    }

    /// Looks before the upload whether each picture, or another under its key, is there. Writes and locks nothing. Pictures of one batch
    /// do not see each other: the caller keeps two that want one key apart.
    package func locate(_ pictures: [Picture]) throws(RecordFailure) -> [DeliveryStateMachine.Location] {
        if pictures.isEmpty { return [] }
        let settings = settings
        switch try exchange({ [$0.run($0.locate, pictures.map { settings.lookUp($0) })] })[0] {
        case .failure(let error): throw failed(error)
        case .success(let answers): return answers.map { RecordAnswer($0).located }
        }
    }

    /// Writes down pictures whose objects are stored, in one transaction. When the database refuses one for its own sake, each is written
    /// in a transaction of its own, so that only that one is left out.
    ///
    /// Safe to call again with the same pictures after any failure, the one during COMMIT included: those that were written are `again`
    /// then.
    package func write(_ entries: [RecordEntry]) throws(RecordFailure) -> [Result<DeliveryStateMachine.Writing, RecordFailure>] {
        if entries.isEmpty { return [] }
        let settings = settings
        let entries = history.map { history in entries.map { $0.healed(by: history) } } ?? entries
        switch try exchange({ [settings.transaction(entries, $0)] })[0] {
        case .success(let answers):
            return try conclude(answers.suffix(entries.count).map { RecordAnswer($0) }, entries)
        case .failure(let error) where settings.channel != nil && error.sqlState == Self.queueFull:
            // A listener that never reads may cost the others their notices, but no picture its row.
            let channel = settings.channel
            self.settings.channel = nil
            defer { self.settings.channel = channel }
            let written = try write(entries)
            untold += written.count { if case .success(.inserted) = $0 { true } else { false } }
            return written
        case .failure(let error):
            guard RecordFailure(error).isOfOnePicture else { throw failed(error) }
            return try writeOneByOne(entries)
        }
    }

    package func takeUntold() -> Int {
        defer { toldOf = untold }
        return untold - toldOf
    }

    /// program_limit_exceeded: of COMMIT, the queue of notices is full (PostgreSQL 15, async.c, asyncQueueFillWarning and
    /// PreCommit_Notify).
    private static let queueFull = "54000"

    /// Leads a row to the object of `picture`, where its own is missing.
    /// - Parameter row: as `locate` or `write` gave it.
    /// - Returns: false when the row has changed since, or another has that key: nothing happened. Write the picture again and see.
    package func moveRow(
        _ row: RecordedPicture, to picture: Picture, version: String?
    ) throws(RecordFailure) -> Result<Bool, RecordFailure> {
        let values = [row.id, row.bucket, row.key, picture.bucket, picture.key, version]
        switch try exchange({ [$0.run($0.move, [values])] })[0] {
        case .success(let rows) where rows[0].count > 0: return .success(true)
        case .success: return try isStill(row) ? .failure(RecordFailure(.notKept(.row, "move"))) : .success(false)
        case .failure(let error) where error.sqlState == "23505": return .success(false)
        case .failure(let error):
            guard RecordFailure(error).isOfOnePicture else { throw failed(error) }
            return .failure(RecordFailure(error))
        }
    }

    /// Whether a row is as it was, so that an update which changed nothing was not kept.
    private func isStill(_ row: RecordedPicture) throws(RecordFailure) -> Bool {
        switch try exchange({ [$0.run($0.look, [[row.id, row.bucket, row.key]])] })[0] {
        case .success(let rows): return rows[0].count > 0
        case .failure(let error): throw failed(error)
        }
    }

    /// Which of these keys of a bucket have rows, of which camera and when recorded. The camera is nil where its uid is none.
    package func places(bucket: String, keys: [String]) throws(RecordFailure) -> [String: (
        camera: CameraUID?, recordedAt: Timestamp
    )] {
        if keys.isEmpty { return [:] }
        let call = settings.places(bucket: bucket, keys: keys)
        switch try exchange({ _ in [[call]] })[0] {
        case .failure(let error): throw failed(error)
        case .success(let answers):
            var places: [String: (camera: CameraUID?, recordedAt: Timestamp)] = [:]
            for row in 0..<answers[0].count {
                guard let key = answers[0][row, 0] else { continue }
                let moment = Timestamp(milliseconds: answers[0][row, 2].flatMap { Int64($0) } ?? 0)
                places[key] = (answers[0][row, 1].flatMap { CameraUID($0) }, moment)
            }
            return places
        }
    }

    /// Asks the server for a sign of life; connects where there is no connection.
    package func probe() throws(RecordFailure) {
        if case .failure(let error) = try exchange({ _ in [[.sql("SELECT 1")]] })[0] { throw failed(error) }
    }

    /// Gives the connection back. The next call makes another.
    package func disconnect() { connection = nil }

    /// Where neither our row nor another under its key was seen, either one was committed while the statement ran, by another camera's
    /// gateway, or the database did not keep ours: a second look tells which.
    private func conclude(_ answers: [RecordAnswer], _ entries: [RecordEntry]) throws(RecordFailure) -> [Result<
        DeliveryStateMachine.Writing, RecordFailure
    >] {
        var written = answers.map(\.written)
        let unseen = answers.indices.filter { answers[$0] == .nothing }
        for (index, found) in zip(unseen, try locate(unseen.map { entries[$0].picture })) {
            switch found {
            case .new: break
            case .again(let row): written[index] = .success(.again(row))
            case .keyTaken(let row): written[index] = .success(.keyTaken(sameBytes: row))
            }
        }
        return written
    }

    private func writeOneByOne(_ entries: [RecordEntry]) throws(RecordFailure) -> [Result<DeliveryStateMachine.Writing, RecordFailure>] {
        var results: [Result<DeliveryStateMachine.Writing, RecordFailure>] = []
        let settings = settings
        for outcome in try exchange({ statements in entries.map { settings.transaction([$0], statements) } }) {
            switch outcome {
            case .success(let answers):
                results += try conclude(answers.suffix(1).map { RecordAnswer($0) }, [entries[results.count]])
            case .failure(let error):
                guard RecordFailure(error).isOfOnePicture else { throw failed(error) }
                results.append(.failure(RecordFailure(error)))
            }
        }
        return results
    }
}
