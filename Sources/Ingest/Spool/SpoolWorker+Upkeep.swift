import IngestCore
import Logging
import Platform

// MARK: - What is done when there is nothing else to do

extension SpoolWorker {
    /// Until everything is scanned again, which costs a look at every file: the more there are, the later.
    private var pauseBetweenScans: Duration {
        let entries = store.usage.pending.entries + store.usage.quarantine.entries
        return min(max(.milliseconds(10) * entries, .seconds(10)), .seconds(600))
    }

    /// Of more cameras the newest entry is looked for when somebody asks.
    private static let mostCameras = 1000

    /// Files looked at in one turn, so that deliveries go on meanwhile.
    private static let scanned = 2000

    func tidyUp() {
        guard !room.isBroken else { return }
        if store.removalCount > 0, underWay.isEmpty { finishRemovals() }
        showCameras()
        goOnScanning()
    }

    /// Once a second, however much there is to do.
    func lookAround() {
        guard nextFigures <= .current else { return }
        nextFigures = .current + .seconds(1)
        defer { publishFigures() }
        guard !room.isBroken else { return }
        settings.lookAtClock()
        haveCounted()
        do throws(SpoolError) { try watchRoom() } catch { failed(error, adding: 0) }
        noticeRequests()
    }

    /// Looks into one more hour for cameras whose newest entry nobody was told of. Once, after the start.
    private func showCameras() {
        if unseenHours == nil { unseenHours = store.hours(of: .pending) }
        guard let hour = unseenHours?.popLast() else { return }
        for name in store.newest(inHour: hour)
        where seenCameras.count < Self.mostCameras && seenCameras.insert(name.encodedCamera).inserted {
            if let picture = try? store.load(name).record.picture { settings.found(picture) }
            channel.step()
        }
        if seenCameras.count >= Self.mostCameras { unseenHours = [] }
        if unseenHours?.isEmpty == true { seenCameras = [] }
    }

    private func goOnScanning() {
        if scan == nil, nextScan <= .current {
            unreadablePaths = [:]
            scan = SpoolScan(store, holdsCapture: settings.holdsCapture, isSetAside: { [self] in queue.isSetAside($0) })
        }
        guard let scan else { return }
        for finding in scan.step(Self.scanned) {
            switch finding {
            case .damaged(let name, let damage): foundDamaged(name, damage)
            case .leftover(let name):
                tell(.leftover, .notice, "Deleted the leftover picture \(name): the journal has its capture, which is finished anew")
            case .finished(let name): tell(.finished, .info, "Finished what a crash interrupted for entry \(name)")
            case .broughtHome(let name, let folder):
                tell(
                    .broughtHome, .warning,
                    "Moved a file of entry \(name) from \(folder) to \(name.folder), where its name belongs and deliveries find it")
            case .temporary(let path): tell(.temporary, .info, "Deleted \(path), which a crash left behind")
            case .passedOver(let error, let name, let isFolder):
                if takesNewFiles() { passOver(error, name, isFolder: isFolder) }
            }
        }
        // What it could not do then is the disk's trouble: all of it is looked at again when that is over.
        if room.isBroken { return self.scan = nil }
        if scan.isDone {
            sweepPassedOver()
            if !hasSeenMarks, !scan.isPartial, scan.young == 0 {
                hasSeenMarks = true
                settings.entryTallies.found(marks: Set(store.uncounted.keys.map { Account.key(of: $0) }))
            }
            figures.isCounted = true
            nextScan = .current + (scan.young > 0 ? SpoolScan.youngest : pauseBetweenScans)
            self.scan = nil
        }
    }

    /// What a scan did. There may be thousands of a kind, as after files were copied in by hand.
    private func tell(_ kind: ScanLine, _ level: Logger.Level, _ line: String) {
        guard let more = scanLines.note(kind, now: .current) else { return }
        log.log(level: level, "\(line)\(more)")
    }

    /// Marks of entries that were not stored go when the account has them.
    func haveCounted() {
        settings.entryTallies.ask(store.takeUncounted())
        settings.entryTallies.forget(store.finishCounted(settings.entryTallies.takeCounted()))
        for error in store.takeRemovalErrors() where takesNewFiles() { passOver(error, nil, isFolder: false) }
    }

    /// `thermo-ingest spool retry` asks for everything to be tried at once, and whoever changed files for them to be counted.
    private func noticeRequests() {
        if take(store.layout.recountRequest) { nextScan = .current }
        guard take(store.layout.retryRequest) else { return }
        log.notice("Trying everything again at once, as asked")
        nextScan = .current
        queue.startOver()
        toldPaths = [:]
        delivery.tryNow()
    }

    private func take(_ request: String) -> Bool {
        guard (try? store.status(request)) ?? nil != nil else { return false }
        try? store.files.unlink(request)
        return true
    }

    func publishFigures() {
        let usage = store.usage
        figures.pending = usage.pending.entries
        let waits = usage.pending.entries > 0 && isDrainTime
        delivery.setBacklog(waits: waits)
        figures.quarantined = usage.quarantine.entries
        figures.unreadable = unreadableCount
        figures.rejected = rejected.count
        figures.capacity = settings.spool.maxSize
        let moments = [delivery.spoolView.nextAttempt, queue.nextRestEnd]
        figures.nextAttempt = usage.pending.entries == 0 ? nil : stamp(moments.compactMap(\.self).min())
        figures.oldest = oldest(pending: usage.pending.entries)
        published.publish(figures)
    }

    /// The oldest entry, which costs a look at a whole folder when it is not known.
    private func oldest(pending: Int) -> Timestamp? {
        guard pending > 0 else { return nil }
        if settings.drain.order == .oldestFirst, let known = queue.oldestKnown { return known.recordedAt }
        if let last = oldestFound, last.foundAt + .seconds(10) > .current, store.changed(last.name) != nil { return last.name.recordedAt }
        guard let name = store.walk(.oldestFirst).next(1).first else { return nil }
        oldestFound = (name, .current)
        return name.recordedAt
    }
}
