import IngestCore
import Platform

// MARK: - What the record worker is given, and its answers

extension Delivery {
    enum RecordTask: ~Copyable {
        case work(Duty<DeliveryStateMachine.RecordWork>)
        /// There will be nothing more.
        case stop
        case nothing
    }

    /// Waits for work for one round trip to the table.
    func nextRecords(atMost limit: Duration) -> RecordTask {
        let (work, mayEnd) =
            state.wait(atMost: limit, when: { $0.mayEnd || $0.machine.hasRecordWork(now: .current) }) {
                state -> (DeliveryStateMachine.RecordWork?, Bool)? in
                let work = state.machine.takeRecordWork(now: .current)
                if !work.isEmpty { return (work, false) }
                return state.mayEnd ? (nil, true) : nil
            } ?? (nil, false)
        if let work { return .work(Duty(work)) }
        return mayEnd ? .stop : .nothing
    }

    /// When there may be work that nobody wakes for.
    var nextRecordMove: Instant? { state.read { $0.machine.nextMove(after: .current) } }

    /// The table's answers. Pictures that are done leave.
    func recorded(
        _ duty: consuming Duty<DeliveryStateMachine.RecordWork>, _ answers: DeliveryStateMachine.RecordAnswers, took time: Duration
    ) -> DeliveryStateMachine.RecordOutcome {
        let work = duty.answered()
        let outcome = change { state in
            state.figures.records.observe(time)
            let outcome = state.machine.tableAnswered(work, answers, now: .current, using: &state.random)
            for (_, failure) in outcome.refused { state.figures.failed(.postgres, failure) }
            return outcome
        }
        for (parcel, rowID) in outcome.ended { leave(parcel, rowID: rowID) }
        return outcome
    }

    /// Nothing of it is known to have happened.
    /// - Returns: the failure, as it is now known whose it is.
    func recordsFailed(_ duty: consuming Duty<DeliveryStateMachine.RecordWork>, _ failure: DeliveryFailure) -> DeliveryFailure {
        let work = duty.answered()
        return change { state in
            let judged = state.machine.tableFailed(work, failure, now: .current, using: &state.random)
            state.figures.failed(.postgres, judged)
            return judged
        }
    }

    /// Cameras whose rows the table does not let in though it takes others.
    var withheldByRows: Int { state.read { $0.machine.withheldByRows.count } }

    /// A table may answer a question and still refuse rows: with pictures waiting, only one that is written shows that all is well.
    var rowsAreQuiet: Bool { state.read { $0.machine.rows.isClosed || $0.isIdle } }
}
