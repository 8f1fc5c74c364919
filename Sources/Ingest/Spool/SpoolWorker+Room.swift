import IngestCore
import Logging
import Platform

// MARK: - Limits, and the disk's health

extension SpoolWorker {
    /// Looks whether a spool that could not be written can be now.
    func tendRoom() {
        defer { endTrial() }
        guard !room.isOpen, room.retryAt <= .current else { return }
        do throws(SpoolError) {
            if room.isBroken {
                try store.prepare()
                // They are kept for curiosity alone.
                do throws(SpoolError) {
                    try rejected.load()
                    keeping.worked()
                } catch {
                    keeping.failed("Refused payloads cannot be kept: \(error.advice)", in: log)
                }
                queue.resume()
                scan = nil
                nextScan = .current
            } else if room.hasFailed {
                finishRemovals()
                try store.rehearse()
            }
            if store.removalCount > 0 { finishRemovals() }
            let usage = try usage()
            if room.limits.whenFull != .pause || room.limits.hasRoom(for: room.needed, usage) {
                open()
            } else {
                room.isFull(fullness(usage), adding: room.needed, now: .current)
            }
        } catch {
            failed(error, adding: room.needed)
        }
        tellHealth()
    }

    /// Where no picture waits that could show whether the disk is well, that a rehearsal went well must do.
    private func endTrial() {
        guard room.hasFailed, room.isOpen, misplaced.isEmpty, !delivery.spoolView.isStuck else { return }
        room.wrote()
    }

    private func open() {
        room.opened()
        delivery.setShelf(open: true)
    }

    /// Sees that a picture of `size` bytes may be written, and gives up others for it where `when_full` says so.
    func makeRoom(for size: Int) -> Bool {
        guard room.isOpen else { return false }
        do throws(SpoolError) {
            for _ in 0..<8 {
                let usage = try usage()
                switch room.limits.decide(adding: size, usage) {
                case .store: return true
                case _ where store.removalCount > 0: finishRemovals()
                case .pause:
                    room.isFull(fullness(usage), adding: size, now: .current)
                    return false
                case .dropNewest:
                    room.isDropping = true
                    return false
                case .dropOldest(let bytes):
                    room.isDropping = true
                    guard try drop(bytes) else {
                        room.isFull(fullness(usage), adding: size, now: .current)
                        return false
                    }
                }
            }
            room.isFull("there is no room though entries were dropped", adding: size, now: .current)
        } catch {
            failed(error, adding: size)
        }
        return false
    }

    func finishRemovals() {
        store.finishRemovals()
        for error in store.takeRemovalErrors() where takesNewFiles() { passOver(error, nil, isFolder: false) }
    }

    func drop(_ bytes: Int) throws(SpoolError) -> Bool {
        let dropped = try store.dropOldest(bytes: bytes, keeping: queue.held)
        for name in dropped {
            figures.dropped[.dropOldest, default: 0] += 1
            tellDropped(.dropOldest, "the oldest picture, \(name)", camera: name.camera, image: String(name.imageID))
        }
        return !dropped.isEmpty
    }

    /// Of pictures that are given up one by one, one line each; of a flood, a few now and then.
    func tellDropped(_ rule: Configuration.Spool.WhenFull, _ what: String, camera: CameraUID?, image: String) {
        guard case .write(let suppressed) = drops.decide(camera?.text ?? "", now: .current) else { return }
        let more = suppressed > 0 ? ". \(suppressed) more of this camera's were not logged" : ""
        log.event(
            .imageDropped, .warning,
            "Dropped \(what): the spool is full and [spool] when_full is \(rule.rawValue); raise max_size, or set when_full to pause\(more)",
            camera: camera, image: image, fields: ["reason": "\(rule.rawValue)"]
        )
    }

    /// Also where nothing is written: room that is used up by others is told before a picture needs it.
    func watchRoom() throws(SpoolError) {
        let usage = try usage()
        figures.available = usage.available
        figures.bytes = usage.used
        let hasRoom = room.limits.hasRoom(for: room.needed, usage)
        if hasRoom { room.isDropping = false }
        if room.isOpen, room.limits.decide(adding: room.needed, usage) == .pause {
            room.isFull(fullness(usage), adding: room.needed, now: .current)
        }
        if !room.isOpen { delivery.setShelf(open: false) }
    }

    func usage() throws(SpoolError) -> SpoolLimits.Usage {
        let space = try store.space()
        return SpoolLimits.Usage(
            used: store.usage.allocated + rejected.allocated + settings.journalBytes(), droppable: store.usage.pending.allocated,
            available: space.available, capacity: space.capacity
        )
    }

    private func fullness(_ usage: SpoolLimits.Usage) -> String {
        let limits = room.limits
        if usage.available - limits.keepFree < limits.maxSize - usage.used {
            return """
                the disk under \(settings.spool.directory) has \(StatusText.whole(usage.available)) left, and [spool] keep_free wants \
                \(StatusText.whole(limits.keepFree)): free some, or lower it
                """
        }
        return """
            the spool in \(settings.spool.directory) is full: it has \(StatusText.whole(usage.used)), [spool] max_size is \
            \(StatusText.whole(limits.maxSize)). It empties itself when the stores are back; or raise max_size
            """
    }

    func tellHealth() {
        if let complaint = room.complaint {
            let isFault = room.isBroken || room.hasFailed
            let error = isFault ? "the spool in \(settings.spool.directory) cannot be written: \(complaint)" : complaint
            guard let news = health.failed(.spool, error, kind: isFault ? "broken" : "full") else { return }
            log.event(.spoolAway, .error, "\(news.line(error))")
        } else if room.isDropping {
            let rule = settings.spool.whenFull.rawValue
            let error = "the spool is full, and pictures are given up as [spool] when_full = \"\(rule)\" says"
            health.failed(.spool, error, kind: "dropping", accepts: settings.spool.whenFull == .dropOldest)
        } else if let news = health.succeeded(.spool) {
            log.event(.spoolBack, .notice, "\(news.line("The spool can be written"))")
        }
    }

    /// While the spool takes nothing and a store is away there is no place left for a picture: the broker has to keep them.
    func holdIntakeIfNeeded() {
        tellHealth()
        let isStuck = room.complaint != nil && delivery.spoolView.isStuck
        let reason = isStuck ? room.complaint : nil
        guard (reason == nil) != (heldBecause == nil) else { return }
        heldBecause = reason
        hold(reason)
    }
}
