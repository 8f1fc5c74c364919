import CMosquitto
import Glibc

/// The acknowledgement gate.
extension MosquittoClient {
    /// Opens the gate: writes what is queued, acknowledgements first of all. Call only when every message handed over is
    /// safe. What the socket does not take stays queued; `wantsWrite` tells.
    ///
    /// The corresponding C function is `mosquitto_loop_write`.
    package func flush() {
        guard isOpen() else { return }
        // Acknowledgements of what is postponed are queued with the others.
        guard callbacks.postponed.isEmpty else { return release() }
        // The library writes each acknowledgement with a call of its own: held, they travel together. And what is queued must not
        // overtake what is held already (MQTT 5.0, 4.6).
        if callbacks.unacknowledged > 1 || !held.isEmpty, hold() { return release() }
        guard held.isEmpty else { return finish(failure(.converse, .hungUp)) }
        // A broker that refuses our certificate says so and hangs up. Writing before reading would lose what it said.
        if !isConnected, settings.tls != nil, SocketCalls.state(of: socket, awaiting: POLLIN) != 0 { return }
        guard let handle = unsafe handle else { return }
        var error: CInt = 0
        let code = unsafe CMosquitto_loop_write(handle, &error)
        settle(code, error)
        if !wantsWrite { callbacks.unacknowledged = 0 }
    }

    /// Opens the gate for later: takes what is queued out of the library's hands, the acknowledgements of all messages handed over so
    /// far. They wait for `release` or `acknowledge`.
    /// - Returns: false when the system denies it, or there is no connection; then `flush` is the only way.
    package func hold() -> Bool {
        guard isConnected, callbacks.postponed.isEmpty, let handle = unsafe handle else { return false }
        var (code, error) = (CInt(0), CInt(0))
        let isHeld = unsafe hold(what: handle, &code, &error)
        settle(code, error)
        return isHeld
    }

    /// Opens the gate for the acknowledgements of the first `count` messages handed over that were not acknowledged yet, and for what is
    /// no acknowledgement. The others wait. What the socket does not take goes with the next call; `wantsWrite` tells.
    package func acknowledge(_ count: Int) {
        guard isConnected else { return flush() }
        guard callbacks.postponed.isEmpty else { return held.release(count) }
        guard let handle = unsafe handle, unsafe callbacks.unacknowledged > 0 || mosquitto_want_write(handle) else {
            return held.release(count)
        }
        if hold() { return held.release(count) }
        // The system denies what it takes to hold them: all of them, or none.
        if count >= unacknowledged { flush() } else { held.release(count) }
    }

    /// Something else waits behind acknowledgements that may not go yet: the connection's own upkeep, which should not wait for long.
    package var acknowledgementsAreInTheWay: Bool { held.othersWait }

    private func hold(what handle: OpaquePointer, _ code: inout CInt, _ error: inout CInt) -> Bool {
        let descriptor = socket
        let isHeld = held.hold(descriptor, settings.tls == nil ? .packets : .records, acknowledgements: callbacks.unacknowledged) {
            code = unsafe CMosquitto_loop_write(handle, &error)
            return unsafe code == 0 && mosquitto_want_write(handle)
        } isOpen: {
            unsafe mosquitto_socket(handle) == descriptor
        }
        if isHeld { callbacks.unacknowledged = 0 }
        return isHeld
    }

    /// Sends all that is held: its messages are safe. What the socket does not take goes with the next call; `wantsWrite` tells.
    package func release() { held.release() }

    /// Acknowledges all that was handed over, says goodbye and ends the connection; the broker keeps the session. Waits at
    /// most `patience` for the socket to take it. Tells no event.
    ///
    /// The goodbye is held too: behind it the library closes its socket (2.0), or shuts it down and wants to write it again (2.1).
    ///
    /// The corresponding C function is `mosquitto_disconnect_v5`.
    package func disconnectKeepingSession(within patience: Duration = .seconds(1)) {
        guard isConnected, callbacks.postponed.isEmpty, let handle = unsafe handle else { return dropConnection() }
        // The goodbye is no acknowledgement: it would go ahead of those that are held.
        if callbacks.unacknowledged > 0 { _ = hold() }
        held.release()
        guard unsafe self.handle == handle else { return }
        unsafe mosquitto_disconnect_v5(handle, 0, nil)
        var (code, error) = (CInt(0), CInt(0))
        if unsafe hold(what: handle, &code, &error) { held.drain(within: patience) }
        drop()
    }
}
