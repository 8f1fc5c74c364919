import IngestCore
import Logging
import Platform

// MARK: - From the files into delivery, and away

extension SpoolWorker {
    /// Entries put into delivery in one turn, so that whatever else is to do waits for a few files only.
    private static let fedAtOnce = 8

    var isDrainTime: Bool { settings.drain.window.map { $0.contains(minute: settings.localMinute()) } ?? true }

    /// Puts entries in delivery, as many as it takes.
    func feed() {
        guard pendingRemovals.isEmpty, !room.isBroken else { return }
        guard isDrainTime else {
            if !underWay.isEmpty { delivery.recallBacklog() }
            return
        }
        let view = delivery.spoolView
        if view.isWell { queue.forgetLast() }
        queue.withheld = Dictionary(view.withheld.map { ($0.encoded[...], $1) }) { $1 }
        var places = min(Self.fedAtOnce, view.room)
        while places > 0, !room.isBroken, let name = queue.next() {
            channel.step()
            do throws(SpoolError) {
                if try admit(name) { places -= 1 } else { queue.finished(name) }
            } catch {
                guard let cause = error.system else {
                    queue.finished(name)
                    continue
                }
                if passOver(name, cause) { continue }
                queue.letGo(name)
                queue.interrupt()
            }
        }
    }

    /// - Returns: false when there is nothing to deliver under that name.
    private func admit(_ name: SpoolEntryName) throws(SpoolError) -> Bool {
        do throws(SpoolError) {
            var entry = try store.load(name)
            if queue.aside.isDelivered(name) {
                pendingRemovals.append((entry, repeatedAside.contains(name) ? .repeated : .stored))
                return true
            }
            // Of one that is uploaded only the row is missing.
            if !entry.record.uploaded { entry = try store.verify(name) }
            let bytes: StoredBytes
            do throws(SystemError) { bytes = try StoredBytes(entry, files: store.files) } catch {
                throw error.code == DiskCode.missing ? .gone(name) : SpoolError(error)
            }
            queue.wasRead(name)
            let record = entry.record
            underWay[
                delivery.admit(
                    record.picture, alternateKey: settings.alternateKey(record.picture), lane: .backlog, bytes: bytes,
                    isUploaded: record.uploaded, objectVersion: record.objectVersion, refusals: record.attempts
                )
            ] = entry
            return true
        } catch {
            switch error {
            case .gone: return false
            case .damaged(_, let damage):
                if restsWhileYoung(name) { return true }
                try judge(name, damage)
                return false
            default:
                if restsWhileYoung(name) { return true }
                throw error
            }
        }
    }

    /// Somebody may be copying it in.
    private func restsWhileYoung(_ name: SpoolEntryName) -> Bool {
        guard (try? store.isYoung(name)) == true else { return false }
        queue.putBack(name, restingUntil: .current + .seconds(1), recordChanged: nil)
        return true
    }

    private func judge(_ name: SpoolEntryName, _ damage: SpoolDamage) throws(SpoolError) {
        do throws(SpoolError) {
            try store.quarantine(name, damage)
            foundDamaged(name, damage)
        } catch {
            guard case .gone = error else { throw error }
        }
    }

    func foundDamaged(_ name: SpoolEntryName, _ damage: SpoolDamage) {
        figures.corrupt += 1
        guard case .write(let suppressed) = quarantines.decide("damaged", now: .current) else { return }
        log.event(
            .imageQuarantined, .error,
            "Quarantined the damaged entry \(name): \(damage). It is kept: look at it with thermo-ingest spool show \(name)\(Self.more(suppressed))",
            camera: name.camera, image: String(name.imageID)
        )
    }

    /// Both stores have confirmed it: its files may go.
    func finish(_ end: Delivery.End) {
        guard let entry = underWay.removeValue(forKey: end.parcel.id) else { return }
        let isRepeated = PictureEnd(end, sharesCameras: settings.sharesCameras)?.fate == .repeatedFromSpool
        pendingRemovals.append((entry, isRepeated ? .repeated : .stored))
    }

    /// Removes what is delivered. What the disk will not let go is tried again before anything else is delivered, and is not delivered
    /// twice meanwhile.
    func removeDelivered() {
        while let (entry, departure) = pendingRemovals.last {
            do throws(SpoolError) {
                try store.remove(entry.name, entry.record.fileExtension, as: departure)
            } catch {
                if let cause = error.system {
                    guard passOver(entry.name, cause, isDelivered: true) else { return }
                    if departure == .repeated { repeatedAside.insert(entry.name) }
                    pendingRemovals.removeLast()
                    continue
                }
            }
            pendingRemovals.removeLast()
            repeatedAside.remove(entry.name)
            log.step("Drained \(entry.name)", of: entry.record.picture)
            channel.step()
            queue.finished(entry.name)
        }
    }
}
