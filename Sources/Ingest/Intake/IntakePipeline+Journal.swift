import Clients
import IngestCore
import Logging
import Platform

// MARK: - The journal

extension IntakePipeline {
    /// Whether the disk is busy with what `launch` gave it.
    var isSettling: Bool { journal?.isSettling ?? false }
    /// Whether it is done with it, so that `settle` has something to say.
    var hasSettled: Bool { journal?.hasSettled ?? false }
    /// Whether the next batch may be taken in while the disk works on this one.
    var mayLaunch: Bool { journal?.mayLaunch ?? false }

    /// Has the disk take everything taken so far, and waits for nothing.
    func launch(now: Instant) throws(JournalFailure) {
        if let journal { tellCommit(journal) }
        try journal?.launch(now: now)
        captures?.committed()
        launched += ready
        ready.removeAll(keepingCapacity: true)
    }

    private func tellCommit(_ journal: Journal) {
        log.debug("Journal: committing \(journal.unsynced) bytes, with them message \(intake.figures.messages)")
    }

    /// - Returns: pictures that may go on their way, for what was launched is on the disk; none while it is busy, or with nothing.
    func settle(now: Instant) throws(JournalFailure) -> [Ready] {
        if let failure { throw failure }
        guard let journal, journal.isSettling, try journal.settle(now: now) else { return [] }
        tend(journal, now: now)
        defer { launched.removeAll(keepingCapacity: true) }
        return launched
    }

    /// Everything taken so far is on the disk when it returns.
    /// - Parameter isAwaited: somebody waits for an acknowledgement; else it suffices to do it soon.
    /// - Returns: pictures that may go on their way.
    func commit(isAwaited: Bool, now: Instant) throws(JournalFailure) -> [Ready] {
        if let journal, let captures {
            if let failure = journal.failure { throw failure }
            if mustCommit(journal, captures, isAwaited: isAwaited, now: now) {
                tellCommit(journal)
                try journal.commit(now: now)
                captures.committed()
                tend(journal, now: now)
            } else {
                journal.prove(intake.assembler, now: now)
                if policy.writesThrough != nil { try journal.write(now: now) }
                if journal.hasLeftovers { tend(journal, now: now) }
            }
        }
        defer {
            launched.removeAll(keepingCapacity: true)
            ready.removeAll(keepingCapacity: true)
        }
        return launched + ready
    }

    private func mustCommit(_ journal: Journal, _ captures: CaptureJournal, isAwaited: Bool, now: Instant) -> Bool {
        if isAwaited && journal.waitingSince != nil || !ready.isEmpty || isBatchFull || isSettling || captures.isUrgent { return true }
        if let due = journal.syncDue, due <= now { return true }
        guard let since = captures.awaitsDiskSince else { return false }
        return policy.writesThrough != nil || since + policy.patience <= now || captures.held * 2 >= policy.limits.some
    }

    /// What goes wrong there is the journal's failure from now on, and keeps nothing back that is on the disk.
    private func tend(_ journal: Journal, now: Instant) {
        do throws(JournalFailure) {
            try journal.tend(intake.assembler, mayTurn: captures?.withholdsNothing ?? true, now: now)
        } catch { log.debug("\(error)") }
        guard let error = journal.takeReadFailure() else { return }
        log.event(
            .journalDamaged, .warning,
            "\("An old segment of the journal cannot be read: \(error)".followed(by: error.spoolFix)) It is kept and tried again in ten minutes; all else goes on"
        )
    }

    /// Tries again what failed, when it is due: the replay, or to write.
    /// - Returns: whether all is well now.
    func recover(now: Instant, progress: (Int, Int) -> Void = { _, _ in }) -> Bool {
        guard let journal else { return true }
        if let failure = journal.failure, failure.until > now { return false }
        do throws(JournalFailure) {
            if !isReplayed {
                try replay(journal, now: now, progress)
                isReplayed = true
                finishWhole(now: now)
                try journal.commit(now: now)
                tend(journal, now: now)
                if let failure = journal.failure { throw failure }
            } else if let failure = journal.failure {
                // A crash now would find nothing of captures whose ends are not on the disk yet. Where it is not for want of room, they stay.
                if [DiskCode.noSpace, DiskCode.quota].contains(failure.error.code) { journal.removeSegments(now: now, inNeed: true) }
                try journal.commit(now: now)
                if journal.failure != nil { journal.cured() }
            }
            return true
        } catch {
            return false
        }
    }

    private func replay(_ journal: Journal, now: Instant, _ progress: (Int, Int) -> Void) throws(JournalFailure) {
        let findings: JournalFindings
        do throws(SystemError) {
            findings = try journal.replay(ringCapacity: receiveMaximum, progress: progress)
        } catch {
            throw journal.failed(error, isReading: true, now: now)
        }
        do throws(SystemError) { try intake.book?.restore(findings.account) } catch { throw journal.failed(error, now: now) }
        let handles = intake.assembler.restore(findings, now: now)
        // What a crash left half told is not made to count by what is written now.
        journal.clock(intake.assembler, now: now)
        for (capture, handle) in zip(findings.captures, handles) {
            if let notes = capture.notes { intake.notebook.restore(notes.content, of: handle) }
        }
        for (capture, handle) in zip(findings.captures, handles) where capture.isWhole {
            let item = Whole(
                capture: handle, topic: capture.topic, reading: ClockReading(moment: capture.arrived), known: capture.picture?.0)
            if capture.isComplete { whole.append(item) } else { waiting[handle] = item }
        }
        replayed = findings.captures.compactMap { $0.picture?.0.picture }
        for capture in findings.unrestorable {
            if capture.counts, capture.tag != nil || capture.wasFinished {
                intake.tally(.evicted, of: capture.camera, at: intake.moment, capture.number, now: now)
            }
            journal.ended(capture.number, .otherwise, of: capture.tag.map { (capture.camera, $0) }, now: now)
            guard capture.wasFinished else { continue }
            log.event(
                .imageLost, .error,
                "Image \(capture.imageID) of camera \(capture.camera) is lost: the journal is damaged where its chunks were. Replace the disk or card",
                camera: capture.camera, image: capture.imageID
            )
        }
        intake.noteEvents(now: now)
        journal.writeCheckpoint(intake.assembler, now: now)
        let figures = journal.figures
        if figures.damaged + figures.torn > 0 {
            log.event(
                .journalDamaged, .warning,
                "The journal had \(figures.damaged) damaged places and \(figures.torn) torn ends; what was acknowledged before is there otherwise"
            )
        }
        guard !findings.captures.isEmpty else { return }
        log.notice("Took up \(findings.captures.count) captures from the journal, \(whole.count) of them whole")
    }

    /// The gateway ends.
    func close(now: Instant) throws(JournalFailure) {
        guard let journal else {
            intake.book?.tend(nil, now: now, wall: intake.moment, all: true)
            return
        }
        writeAll(.stop, now: now)
        try journal.commit(now: now)
        journal.prove(intake.assembler, now: now, patience: .zero)
        try journal.write(now: now)
    }

    /// Writes all that is withheld.
    func writeAll(_ reason: CaptureJournal.Reason, now: Instant) {
        captures?.moment = intake.moment
        captures?.writeEverything(reason, &intake.assembler, now: now)
    }

    /// What is due now and then.
    func tend(now: Instant) { intake.book?.tend(journal, now: now, wall: intake.moment) }

    /// A connection to the broker began.
    /// - Parameter isResumed: with the session of the one before: the broker has what it had to repeat.
    func connectionBegan(isResumed: Bool, now: Instant) {
        connectionLost()
        if !isResumed { journal?.begun.forgetAll() }
        intake.assembler.connectionBegan(isResumed: isResumed, now: now)
        journal?.clock(intake.assembler, now: now)
    }
}
