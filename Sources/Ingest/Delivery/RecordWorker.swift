import IngestCore
import Logging
import Platform

/// The thread that writes the rows: asks the table before uploads, and tells it after them, many pictures in a round trip.
final class RecordWorker {
    private enum Task {
        case work(DeliveryBoard.RecordWork)
        case stop
    }

    private let delivery: Delivery
    private let table: any RecordPort
    private let reporter: BackendReporter
    private let post: WorkerPost
    private var nextLook = Instant.current

    init(delivery: Delivery, table: any RecordPort, reporter: BackendReporter, post: WorkerPost = WorkerPost("record")) {
        self.delivery = delivery
        self.table = table
        self.reporter = reporter
        self.post = post
    }

    func run() {
        while true {
            post.turn { configuration in
                table.adopt(configuration)
                nextLook = .current
            }
            let until = delivery.state.read { $0.board.nextMove(after: .current) }
            let next = min(until ?? nextLook, nextLook)
            let pause = min(max(next - .current, .milliseconds(1)), .seconds(1))
            let task = delivery.state.wait(atMost: pause, when: { $0.mayEnd || $0.board.hasRecordWork(now: .current) }) { state -> Task? in
                let work = state.board.takeRecordWork(now: .current)
                if !work.isEmpty { return .work(work) }
                return state.mayEnd ? .stop : nil
            }
            switch task {
            case .work(let work): perform(work)
            case .stop: return
            case nil: lookAtTableWhenIdle()
            }
        }
    }

    /// With nothing to record, nobody would notice that the table is gone; so it is asked now and then.
    private func lookAtTableWhenIdle() {
        guard nextLook <= .current else { return }
        nextLook = .current + .seconds(15)
        do throws(DeliveryFailure) {
            try table.probe()
            // A server may answer this and still refuse rows: while any waits, only a written one shows that all is well.
            if delivery.state.read({ $0.board.rows.isClosed || $0.isIdle }) { reporter.heard(nil) }
        } catch {
            reporter.heard(error)
        }
    }

    private func perform(_ work: DeliveryBoard.RecordWork) {
        let began = Instant.current
        do throws(DeliveryFailure) {
            var answers = DeliveryBoard.RecordAnswers()
            answers.located = try table.locate(work.locate.map(\.picture))
            answers.written = try table.write(work.write)
            for parcel in work.move {
                guard case .moveRow(let row) = parcel.stage else { continue }
                answers.moved.append(try table.moveRow(row, to: parcel.picture, version: parcel.objectVersion))
            }
            conclude(work, answers, took: .current - began)
        } catch {
            let judged = delivery.change { state in
                state.figures.failed(.postgres, error)
                return state.board.tableFailed(work, error, now: .current, using: &state.random)
            }
            reporter.heard(judged)
        }
    }

    private func conclude(_ work: DeliveryBoard.RecordWork, _ answers: DeliveryBoard.RecordAnswers, took: Duration) {
        let outcome = delivery.change { state in
            state.figures.records.observe(took)
            let outcome = state.board.tableAnswered(work, answers, now: .current, using: &state.random)
            for (_, failure) in outcome.refused { state.figures.failed(.postgres, failure) }
            return outcome
        }
        for (parcel, result) in zip(work.write, answers.written) {
            reporter.log.step("Row of \(parcel.picture.key): \(result)", of: parcel.picture)
        }
        if outcome.hasTaken { reporter.heard(nil) }
        for (parcel, failure) in outcome.refused { reporter.heard(failure, about: parcel.picture) }
        for (parcel, rowID) in outcome.ended { delivery.leave(parcel, rowID: rowID) }
    }
}
