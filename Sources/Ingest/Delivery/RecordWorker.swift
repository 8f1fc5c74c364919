import IngestCore
import Logging
import Platform

/// The thread that writes the rows: asks the table before uploads, and tells it after them, many pictures in a round trip.
final class RecordWorker {
    private let delivery: Delivery
    private let table: any RecordPort
    private let reporter: BackendReporter
    private let channel: WorkerChannel
    private var nextLook = Instant.current
    private var limiter = LogLimiter<Int>(interval: .seconds(60))

    init(delivery: Delivery, table: any RecordPort, reporter: BackendReporter, channel: WorkerChannel = WorkerChannel("record")) {
        self.delivery = delivery
        self.table = table
        self.reporter = reporter
        self.channel = channel
    }

    func run() {
        while true {
            channel.turn { configuration in
                table.adopt(configuration)
                nextLook = .current
            }
            let next = min(delivery.nextRecordMove ?? nextLook, nextLook)
            switch delivery.nextRecords(atMost: min(max(next - .current, .milliseconds(1)), .seconds(1))) {
            case .work(let duty): perform(duty)
            case .stop: return
            case .nothing: lookAtTableWhenIdle()
            }
        }
    }

    /// With nothing to record, nobody would notice that the table is gone; so it is asked now and then.
    private func lookAtTableWhenIdle() {
        guard nextLook <= .current else { return }
        nextLook = .current + .seconds(15)
        do throws(RecordFailure) {
            try table.probe()
            if delivery.rowsAreQuiet { reporter.heard(nil) }
        } catch {
            reporter.heard(DeliveryFailure(error))
        }
    }

    private func perform(_ duty: consuming Duty<DeliveryStateMachine.RecordWork>) {
        let work = duty.content
        let began = Instant.current
        do throws(RecordFailure) {
            let answers = try answers(to: work)
            tellUntold(table.takeUntold())
            for (parcel, result) in zip(work.write, answers.written) {
                reporter.log.step("Row of \(parcel.picture.key): \(result)", of: parcel.picture)
            }
            let outcome = delivery.recorded(duty, answers, took: .current - began)
            if outcome.hasTaken { reporter.taken(withheld: delivery.withheldByRows) }
            for (parcel, failure) in outcome.refused { reporter.heard(failure, about: parcel.picture) }
        } catch {
            reporter.heard(delivery.recordsFailed(duty, DeliveryFailure(error)))
        }
    }

    private func tellUntold(_ count: Int) {
        guard count > 0 else { return }
        delivery.wentUntold(count)
        guard case .write = limiter.decide(0, now: .current) else { return }
        reporter.log.warning(
            "PostgreSQL's queue of notices is full: rows are written, but nobody is told of them on the channel of [postgres] notify (notifications_dropped_total). A listener has stopped reading: SELECT pg_notification_queue_usage(); then end the session that does not go on (SELECT pid, state, xact_start, query FROM pg_stat_activity ORDER BY xact_start; SELECT pg_terminate_backend(PID)), and have the listeners read the rows that they missed."
        )
    }

    private func answers(to work: DeliveryStateMachine.RecordWork) throws(RecordFailure) -> DeliveryStateMachine.RecordAnswers {
        var answers = DeliveryStateMachine.RecordAnswers()
        answers.located = try table.locate(work.locate.map(\.picture))
        answers.written = try table.write(work.write.map { RecordEntry($0.picture, objectVersion: $0.objectVersion) }).map {
            $0.mapError(DeliveryFailure.init)
        }
        for parcel in work.move {
            guard case .moveRow(let row) = parcel.stage else { continue }
            answers.moved.append(
                try table.moveRow(row, to: parcel.picture, version: parcel.objectVersion).mapError(DeliveryFailure.init))
        }
        return answers
    }
}
