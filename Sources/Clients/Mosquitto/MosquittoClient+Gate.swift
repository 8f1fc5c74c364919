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
    /// far. They wait for `release`, and those of messages read from now on do not go with them.
    /// - Returns: false when the system denies it, or there is no connection; then `flush` is the only way.
    package func hold() -> Bool {
        guard isConnected, let handle = unsafe handle else { return false }
        var (code, error) = (CInt(0), CInt(0))
        let descriptor = socket
        let isHeld = held.hold(descriptor, acknowledgements: callbacks.unacknowledged) {
            code = unsafe CMosquitto_loop_write(handle, &error)
            return unsafe code == 0 && mosquitto_want_write(handle)
        } isOpen: {
            unsafe mosquitto_socket(handle) == descriptor
        }
        if isHeld { callbacks.unacknowledged = 0 }
        settle(code, error)
        return isHeld
    }

    /// Sends what is held: its messages are safe. What the socket does not take goes with the next call; `wantsWrite` tells.
    package func release() { held.release() }
}
