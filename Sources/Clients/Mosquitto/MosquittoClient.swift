import CCrypto
import CMosquitto
import Glibc
import Platform

/// One client of an MQTT broker that keeps its session there, and that decides itself when messages are acknowledged.
///
/// The caller polls: it waits until `socket` is readable, or writable while `wantsWrite`, or about a second is over; then it
/// calls `read`, `flush` and `housekeeping`, and takes the events.
///
/// **The acknowledgement gate.** The library queues a PUBACK before it hands over its message, and nothing but `flush` writes
/// what is queued. So a caller that makes a batch durable between `read` and `flush` never loses what it acknowledged, and
/// what it did not acknowledge comes again after `dropConnection`, or after the process died. CONNECT, SUBSCRIBE and PINGREQ
/// wait for `flush` too: the gate may be shut for a small part of the keepalive time only.
/// Who reads on while a batch is still being made durable takes its acknowledgements aside with `hold`, and lets them go with
/// `release`.
///
/// What stays simple because of what it refuses:
/// - Each connection has a library handle of its own. Nothing of an old one (queued acknowledgements, half a packet, a TLS
///   error) reaches the next; the session is the broker's to keep.
/// - It never waits but in `connect`, for the name service, and in `disconnectKeepingSession`, both with a limit.
/// - It never connects again by itself; when to try again is the caller's business.
///
/// Not `Sendable`: one thread owns it. A class because the library's callbacks need an address that stays.
@safe package final class MosquittoClient {
    package private(set) var settings: MosquittoSettings

    /// Messages of QoS 1 handed over whose acknowledgement has not been written.
    package var unacknowledged: Int { callbacks.unacknowledged + held.acknowledgements }

    /// Which step the connection is in, and when that is taking too long.
    private enum Phase {
        case idle
        /// TCP, to one of several addresses.
        case opening(until: Duration)
        /// TLS handshake and CONNECT.
        case greeting(until: Duration)
        case connected
    }

    var handle: OpaquePointer?
    let callbacks = MosquittoCallbacks()
    var held = HeldWrites()
    private var phase = Phase.idle
    /// Still to be tried when the present one fails.
    private var otherAddresses: ArraySlice<String> = []
    private var greetingDeadline = Duration.zero
    private let lookup: HostLookup
    var events: [MosquittoEvent] = []
    var subscription = MosquittoSubscription()
    /// The TLS handshake was over when the library still had its connection. It frees that before it tells of an error.
    private var isSecured = false
    /// The broker's first bytes were looked at.
    var hasBegun = false

    /// - Throws: for settings the library will not take; files are looked at when connecting.
    package init(_ settings: MosquittoSettings) throws(MosquittoError) {
        MosquittoLibrary.start()
        self.settings = settings
        lookup = HostLookup(settings.host)
        if let mistake = settings.mistake { throw MosquittoError(.configure, settings.endpoint, .setting(mistake)) }
    }

    /// Has the next connection log in as `new` says, with its certificates; the present one stays. Everything else stays for good. Of
    /// settings the library will not take, none is taken.
    package func logIn(as new: MosquittoSettings) {
        var changed = settings
        changed.username = new.username
        changed.password = new.password
        if changed.tls != nil, let tls = new.tls { changed.tls = tls }
        if changed.mistake == nil { settings = changed }
    }

    deinit {
        if let handle = unsafe handle { unsafe mosquitto_destroy(handle) }
    }

    /// To be polled; -1 while there is no connection.
    package var socket: CInt { unsafe handle.map { unsafe mosquitto_socket($0) } ?? -1 }

    /// Whether the socket should be polled for writing: a connection is being opened, or something is queued.
    ///
    /// The corresponding C function is `mosquitto_want_write`.
    package var wantsWrite: Bool {
        guard let handle = unsafe handle else { return false }
        if case .opening = phase { return true }
        // In a handshake the packet that is queued cannot go before something has come.
        if let tls = unsafe tlsConnection, unsafe SSL_is_init_finished(tls) == 0, unsafe CCrypto_waits_for_read(tls) != 0 {
            return false
        }
        guard held.isEmpty else { return held.mayGo }
        return unsafe callbacks.postponed.isEmpty && mosquitto_want_write(handle)
    }

    /// Whether the broker of the present connection is on this machine; nil without one.
    package var isBrokerHere: Bool? { isConnected ? SocketCalls.isPeerHere(socket) : nil }

    /// Whether something was taken from the socket and not handed over yet: it need not become readable for that. The library may
    /// have read ahead, and TLS may hold bytes that are decrypted and not yet read.
    ///
    /// The corresponding C function is `SSL_pending`.
    package var hasBufferedInput: Bool {
        guard callbacks.postponed.isEmpty else { return true }
        guard let tls = unsafe tlsConnection else { return false }
        return unsafe SSL_pending(tls) > 0
    }

    package var isConnected: Bool {
        if case .connected = phase { true } else { false }
    }

    /// The oldest thing the client has to tell.
    package func nextEvent() -> MosquittoEvent? { events.isEmpty ? nil : events.removeFirst() }

    // MARK: Connecting

    /// Begins a connection, in place of the present one if any. Whether it comes about is told by events.
    ///
    /// Waits for the name service, at most `lookupTimeout`, and for nothing else: TCP, TLS and CONNECT go on in `read`,
    /// `flush` and `housekeeping`, within `connectTimeout`.
    ///
    /// The corresponding C functions are `mosquitto_connect_bind_v5` and `mosquitto_connect_async`.
    package func connect() throws(MosquittoError) {
        dropConnection()
        let addresses: [String]
        do throws(HostLookup.Failure) {
            addresses = try lookup.addresses(within: settings.lookupTimeout)
        } catch {
            throw failure(.connect, .lookup(error.description))
        }
        otherAddresses = addresses[...]
        greetingDeadline = MonotonicClock.now() + settings.connectTimeout
        do throws(MosquittoError.Cause) {
            try openNext()
        } catch {
            drop()
            throw failure(error.isOfTLS || error == .hungUp ? .secure : .connect, error)
        }
    }

    /// Turns to the next address; throws when the last one left fails at once.
    private func openNext() throws(MosquittoError.Cause) {
        while let address = otherAddresses.popFirst() {
            // Every address gets its share of the time, so one that swallows packets leaves some for the others.
            let now = MonotonicClock.now()
            let share = (greetingDeadline - now) / (otherAddresses.count + 1)
            do throws(MosquittoError.Cause) {
                drop()
                try open(address)
                phase = .opening(until: now + share)
                return
            } catch {
                guard !otherAddresses.isEmpty, case .network = error else { throw error }
            }
        }
        throw .hungUp
    }

    private func open(_ address: String) throws(MosquittoError.Cause) {
        callbacks.published = []
        let new = unsafe try settings.makeHandle(reportingTo: callbacks)
        unsafe handle = new
        let keepalive = CInt(settings.keepalive.components.seconds)
        var error: CInt = 0
        let code = unsafe CMosquitto_connect_async(new, address, CInt(settings.port), keepalive, &error)
        if code > 0 { throw callbacks.tlsTrouble.map { .tls($0) } ?? .init(code: code, error: error) }
        guard settings.tls != nil else { return }
        guard unsafe tlsConnection != nil else { throw .tls("the library made no TLS connection") }
        // The library tries the handshake at once; where TCP has failed already, only errno tells. One that was reset did stand.
        if SocketCalls.isLost(error) { throw error == ECONNRESET || error == EPIPE ? .hungUp : .network(error) }
    }

    // MARK: The poll loop

    /// Reads what has come and hands over each message, until nothing is left or `receive` says that it is enough.
    ///
    /// Topic and payload are the library's own buffers, valid during the call only. `receive` may call `dropConnection`.
    /// - Returns: whether more may be waiting. Call again then, without polling: TLS may hold it already.
    ///
    /// The corresponding C function is `mosquitto_loop_read`.
    @discardableResult
    package func read(_ receive: (_ topic: Span<UInt8>, _ payload: Span<UInt8>, MosquittoDelivery) -> MosquittoDemand) -> Bool {
        guard isOpen() else { return false }
        return withoutActuallyEscaping(receive) { receive in
            callbacks.receiver = receive
            defer { callbacks.receiver = nil }
            callbacks.isPaused = false
            if callbacks.handOnPostponed() {
                if callbacks.mustDrop { drop() }
                return unsafe callbacks.isPaused ? handle != nil : hasBufferedInput
            }
            while let handle = unsafe handle {
                switch greeting() {
                case .awaited: return hasBufferedInput
                case .misunderstood(let cause):
                    finish(failure(.logIn, cause))
                    return false
                case .understood: break
                }
                var error: CInt = 0
                let code = unsafe CMosquitto_loop_read(handle, &error)
                settle(code, error)
                if callbacks.isPaused || !callbacks.postponed.isEmpty { return unsafe self.handle != nil }
                // That a connection began is told before the messages that come with it.
                if !events.isEmpty { return unsafe self.handle != nil }
                // Until the broker has answered, one packet a call: a handshake that cannot go on does not always say so.
                if error == EAGAIN || !isConnected { return hasBufferedInput }
            }
            return false
        }
    }

    /// Keeps the connection alive and notices what is overdue. Call about once a second.
    ///
    /// The corresponding C function is `mosquitto_loop_misc`.
    package func housekeeping() {
        let now = MonotonicClock.now()
        switch phase {
        case .idle: break
        case .opening(let until):
            if isOpen() { break }
            if case .opening = phase, now >= until { fail(.connect, .timedOut(settings.connectTimeout)) }
        case .greeting(let until):
            if now >= until { finish(failure(greetingStep, .timedOut(settings.connectTimeout))) }
        case .connected:
            if let deadline = subscription.deadline, now >= deadline {
                finish(failure(.subscribe, .timedOut(settings.connectTimeout)))
            } else if let handle = unsafe handle {
                settle(unsafe mosquitto_loop_misc(handle), errno)
            }
        }
    }

    /// Ends the connection and writes nothing: what is not acknowledged comes again with the next one. Tells no event.
    ///
    /// The corresponding C function is `mosquitto_destroy`.
    package func dropConnection() {
        // The library must not lose its handle under its own feet.
        if callbacks.receiver != nil {
            callbacks.mustDrop = true
            callbacks.isPaused = true
        } else {
            drop()
        }
    }

    // MARK: What became of a call

    /// Whether TCP stands. While it does not, looks whether it has come about or failed.
    func isOpen() -> Bool {
        guard unsafe handle != nil else { return false }
        guard case .opening = phase else { return true }
        let state = SocketCalls.state(of: socket, awaiting: POLLOUT)
        guard state != 0 else { return false }
        let error = SocketCalls.takeError(of: socket)
        guard error == 0, state & (POLLERR | POLLHUP) == 0 else {
            // Reset, or closed already: it did stand, and somebody hung up on the handshake's first message.
            if error == 0 || error == ECONNRESET || error == EPIPE {
                finish(failure(settings.tls == nil ? .logIn : .secure, .hungUp))
            } else {
                fail(.connect, .network(error))
            }
            return false
        }
        phase = .greeting(until: greetingDeadline)
        return true
    }

    /// One address failed: turns to the next, or gives up.
    private func fail(_ step: MosquittoError.Step, _ cause: MosquittoError.Cause) {
        guard !otherAddresses.isEmpty else { return finish(failure(step, cause)) }
        do throws(MosquittoError.Cause) {
            try openNext()
        } catch {
            finish(failure(step, error))
        }
    }

    /// Draws the conclusions from a call of the library and from the callbacks it made.
    func settle(_ code: CInt, _ error: CInt) {
        if let tls = unsafe tlsConnection { isSecured = unsafe SSL_is_init_finished(tls) != 0 }
        if let (code, session) = callbacks.answer {
            callbacks.answer = nil
            guard code == 0 else {
                return finish(failure(.logIn, .refused(MQTTReason(connack: UInt8(truncatingIfNeeded: code)), filter: nil)))
            }
            accepted(session)
        }
        while !callbacks.grants.isEmpty {
            let answer = callbacks.grants.removeFirst()
            granted(answer.grants, to: answer.identifier)
        }
        if callbacks.mustDrop { return callbacks.receiver == nil ? finish(failure(.converse, .hungUp)) : drop() }
        // A handshake that fails in a system call is no failure to the library; it would try again for ever.
        if code == 0, !isConnected, greetingStep == .secure, SocketCalls.isLost(error) {
            return finish(failure(.secure, .init(code: CInt(MOSQ_ERR_ERRNO.rawValue), error: error)))
        }
        guard let handle = unsafe handle, unsafe mosquitto_socket(handle) < 0 || code > 0 else { return }
        if let farewell = callbacks.farewell, farewell >= 128 || (farewell == 0 && code == 0) {
            return finish(failure(.converse, .dismissed(farewell == 0 ? nil : MQTTReason(code: UInt8(truncatingIfNeeded: farewell)))))
        }
        let step = isConnected ? .converse : greetingStep
        finish(failure(step, step == .secure || callbacks.tlsTrouble != nil ? tlsCause(code, error) : .init(code: code, error: error)))
    }

    private func accepted(_ session: MosquittoSession) {
        guard let handle = unsafe handle else { return }
        phase = .connected
        otherAddresses = []
        // The library would format a line for every packet from here on.
        unsafe mosquitto_log_callback_set(handle, nil)
        events.append(.connected(session))
        began(keptSession: session.present)
    }

    func finish(_ error: MosquittoError) {
        drop()
        events.append(.disconnected(error))
    }

    func drop() {
        if let handle = unsafe handle { unsafe mosquitto_destroy(handle) }
        unsafe handle = nil
        held.drop()
        phase = .idle
        isSecured = false
        hasBegun = false
        subscription.connectionEnded()
        callbacks.reset()
    }

    var tlsConnection: OpaquePointer? { unsafe handle.flatMap { unsafe OpaquePointer(mosquitto_ssl_get($0)) } }

    private var greetingStep: MosquittoError.Step {
        settings.tls == nil || (isSecured && callbacks.tlsTrouble == nil) ? .logIn : .secure
    }

    private func tlsCause(_ code: CInt, _ error: CInt) -> MosquittoError.Cause {
        if let tlsTrouble = callbacks.tlsTrouble { return .tls(tlsTrouble) }
        return .init(code: code, error: error)
    }

    func failure(_ step: MosquittoError.Step, _ cause: MosquittoError.Cause) -> MosquittoError {
        MosquittoError(step, settings.endpoint, cause)
    }
}
