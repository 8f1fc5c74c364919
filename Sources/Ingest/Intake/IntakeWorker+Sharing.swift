import Clients
import IngestCore
import Logging

/// Share mode: what was read goes to Redis, what is whole there becomes pictures here, and then the gate opens.
extension IntakeWorker {
    /// What became of a capture that was whole in Redis.
    private enum Composition {
        /// It is in the pool, or no picture: its chunks in Redis may go once that is durable.
        case done
        /// Another gateway was quicker.
        case gone
        case full
        case failed
    }

    /// - Parameter isFull: something was read that found no room, so nothing may be acknowledged.
    func settle(_ shared: SharedChunks, isFull: Bool, isAwaited: Bool, since began: Instant) {
        var isFull = isFull
        repeat {
            let now = Instant.current
            // The broker must not miss us, however slow Redis is. What was done stays done.
            guard now - began < patience else { return pause(because: "Redis is too slow for the chunks that come", now: now) }
            guard let findings = shared.exchange(at: intake.moment) else { return pauseForRedis(now: now) }
            note(findings, now: now)
            var whole = shared.takeFound()
            whole += findings.whole.filter { capture in !whole.contains { $0.place == capture.place && $0.token == capture.token } }
            guard let finished = compose(whole, shared, isFull: &isFull, now: now) else { return pauseForRedis(now: now) }
            line.finishWhole(now: now)
            do throws(JournalFailure) {
                let pictures = try line.commit(isAwaited: isAwaited || !finished.isEmpty, now: now)
                admit(pictures)
            } catch {
                return pause(because: "\(error)", now: now)
            }
            guard shared.finish(finished) else { return pauseForRedis(now: now) }
        } while !isFull && !shared.isSettled
        // They are in Redis, every one.
        _ = line.takeSafe()
        if isFull { pauseForRoom(now: .current) } else { link.client.flush() }
    }

    func pauseForRedis(now: Instant) {
        pause(because: "Redis, where the chunks of shared subscriptions meet, does not take them; see the check redis", now: now)
    }

    private func note(_ findings: SharedBatch.Findings, now: Instant) {
        intake.figures.duplicates += findings.repeats
        for chunk in findings.tooLarge {
            intake.refuse(.tooLarge, topic: chunk.topic.span, payload: chunk.text.span, now: now)
            giveUp(chunk.place, .tooLarge, "Chunk \(chunk.index) of \(chunk.total) was the one too many")
        }
        for capture in findings.superseded {
            let lack = "It had \(capture.received.count) of \(capture.total) chunks; missing: \(capture.missing)"
            giveUp(capture.place, .superseded, lack, capture)
        }
    }

    /// - Parameter capture: where it is known which chunks it had.
    private func giveUp(_ place: SharedPlace, _ reason: Abandonment, _ rest: String, _ capture: SupersededCapture? = nil) {
        intake.figures.abandoned(reason)
        intake.tally(Account.Fate(reason), of: place.camera, at: intake.moment, now: .current)
        cameras.gaveUp(capture ?? SupersededCapture(place: place, total: 0, received: []), reason)
        guard let more = logsGivenUp(place.camera, reason) else { return }
        log.warning(
            "Gave up image \(place.imageID) of camera \(place.camera): \(reason.explanation). \(rest)\(more)",
            metadata: ["camera_uid": "\(place.camera)", "image_id": "\(place.imageID)", "reason": "\(reason.rawValue)"]
        )
    }

    /// - Returns: the captures whose chunks in Redis may go; nil when Redis failed.
    private func compose(_ captures: [SharedCapture], _ shared: SharedChunks, isFull: inout Bool, now: Instant) -> [SharedCapture]? {
        var done: [SharedCapture] = []
        var left = captures[...]
        while !left.isEmpty, !isFull {
            guard let parts = shared.collect(left), !parts.isEmpty else { return nil }
            for part in parts {
                guard let capture = left.popFirst() else { break }
                guard let part else { continue }
                switch compose(capture, part, shared, now: now) {
                case .done: done.append(capture)
                case .gone: intake.dropComposed(capture.place, now: now)
                case .full:
                    isFull = true
                    intake.dropComposed(capture.place, now: now)
                    return done
                case .failed:
                    intake.dropComposed(capture.place, now: now)
                    return nil
                }
            }
        }
        return done
    }

    private func compose(
        _ capture: SharedCapture, _ first: SharedChunks.Part, _ shared: SharedChunks, now: Instant
    ) -> Composition {
        var part = first
        var index = 0
        while true {
            if part.texts.isEmpty {
                intake.dropComposed(capture.place, now: now)
                giveUp(capture.place, .base64, "Chunk \(index) is not in Redis, where something else has been written in its place")
                return .done
            }
            for (text, notes) in zip(part.texts, part.notes) {
                var fate = take(capture, index, text, notes, part, now: now)
                if fate == .full {
                    // Pictures that came again hold memory until they are known for that.
                    line.finishWhole(now: now)
                    fate = take(capture, index, text, notes, part, now: now)
                }
                switch fate {
                case .taken: index += 1
                case .completed(let handle):
                    line.composed(handle, topic: part.topic)
                    return .done
                case .full: return .full
                case .spoilt(let reason):
                    intake.dropComposed(capture.place, now: now)
                    if reason == .base64 { giveUp(capture.place, reason, "Chunk \(index) is not what was put into Redis") }
                    return .done
                }
            }
            guard index < part.total else { return .gone }
            switch shared.collect(capture, from: index) {
            case nil: return .failed
            case .some(nil): return .gone
            case .some(let next?): part = next
            }
        }
    }

    private func take(
        _ capture: SharedCapture, _ index: Int, _ text: [UInt8], _ notes: CaptureNotes?, _ part: SharedChunks.Part, now: Instant
    ) -> ChunkIntake.Composition {
        intake.compose(capture.place, index: index, total: part.total, text: text, notes: notes, topic: part.topic, now: now)
    }
}
