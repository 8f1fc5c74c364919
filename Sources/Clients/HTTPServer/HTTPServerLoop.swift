import CMicroHTTPD
import Glibc
import Platform

/// The server's thread: libmicrohttpd in its external polling mode, so that suspending, resuming and answering all happen on one
/// thread and deferred answers have deadlines ("MHD_run: This method must be called from the thread that drives the event loop").
///
/// `@unchecked Sendable`, and a class, because libmicrohttpd calls back with its address: everything but `stopping` and `waker` is
/// touched by the starting thread before `run` begins, and by `run`'s thread after.
@safe final class HTTPServerLoop: @unchecked Sendable {
    private let handler: HTTPServer.Handler
    private let turned: @Sendable () -> Void
    private let waker: Waker
    private let stopping = Monitor(false)
    private var daemon: OpaquePointer?
    private var suspended: [HTTPExchange] = []
    private var connections = ConnectionTable(limit: HTTPServer.connectionLimit, budget: HTTPServer.answerMemory)

    init(waker: Waker, turned: @escaping @Sendable () -> Void, handler: @escaping HTTPServer.Handler) {
        self.turned = turned
        self.waker = waker
        self.handler = handler
    }

    /// The corresponding C function is `MHD_start_daemon`. It owns `listener` when this answers true.
    func start(listener: CInt) -> Bool {
        let flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        let started = unsafe CMicroHTTPD_start(
            flags, listener, UInt32(HTTPServer.connectionLimit + HTTPServer.connectionsLeaving), HTTPServer.idleSeconds,
            HTTPServer.connectionMemory,
            { context, connection, _, method, _, _, size, exchange in
                let loop = unsafe Unmanaged<HTTPServerLoop>.fromOpaque(context!).takeUnretainedValue()
                guard let connection = unsafe connection, let method = unsafe method, let size = unsafe size,
                    let exchange = unsafe exchange?.pointee
                else { return MHD_Result.NO }
                return unsafe loop.receive(
                    Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue(), connection, String(cString: method), &size.pointee
                )
            },
            { _, target, connection in
                let text = unsafe target.map { unsafe String(cString: $0) } ?? ""
                return unsafe Unmanaged.passRetained(HTTPExchange(target: text, connection: connection)).toOpaque()
            },
            { context, connection, exchange, _ in
                if let exchange = unsafe exchange?.pointee { unsafe Unmanaged<HTTPExchange>.fromOpaque(exchange).release() }
                let loop = unsafe Unmanaged<HTTPServerLoop>.fromOpaque(context!).takeUnretainedValue()
                loop.connections.asks(unsafe CMicroHTTPD_socket(connection), now: MonotonicClock.now())
            },
            { context, connection, _, change in
                let loop = unsafe Unmanaged<HTTPServerLoop>.fromOpaque(context!).takeUnretainedValue()
                let descriptor = unsafe CMicroHTTPD_socket(connection)
                if change == .CONNECTION_NOTIFY_STARTED {
                    loop.connections.began(descriptor, now: MonotonicClock.now())
                } else {
                    loop.connections.ended(descriptor)
                }
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
        unsafe daemon = unsafe started
        return unsafe started != nil
    }

    func stop() {
        stopping.update { $0 = true }
        waker.wake()
    }

    func run() {
        guard let daemon = unsafe daemon else { return }
        let events = Int16(POLLIN)
        var watched = unsafe [
            pollfd(fd: CMicroHTTPD_epoll_descriptor(daemon), events: events, revents: 0),
            pollfd(fd: waker.descriptor, events: events, revents: 0),
        ]
        while !stopping.read({ $0 }) {
            unsafe poll(&watched, 2, pause(daemon))
            waker.clear()
            resumeAnswered()
            unsafe MHD_run(daemon)
            cutOff()
            turned()
        }
        // "It is an API violation to call MHD_stop_daemon while having suspended connections."
        for exchange in suspended { exchange.deferred?.give(.error(503, "the gateway is stopping")) }
        resumeAnswered()
        unsafe MHD_run(daemon)
        unsafe MHD_stop_daemon(daemon)
    }

    /// Ends what keeps others waiting. libmicrohttpd has no call for that, but notices at its next turn that such a connection is shut
    /// down, and closes it (0.9.75 and 1.0.1 read: recv(2) then gives 0, send(2) EPIPE). It tells of a connection's end before it
    /// closes the descriptor, so no number here is another's.
    ///
    /// What such a client has not read yet is thrown away (SO_LINGER of 0 s, socket(7)), or the kernel would keep it for long.
    private func cutOff() {
        while let descriptor = connections.evict() {
            var atOnce = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
            shutdown(descriptor, CInt(SHUT_RDWR))
        }
    }

    /// Until libmicrohttpd's next timeout or the next deadline of a deferred answer, a second at most, in milliseconds for poll(2).
    private func pause(_ daemon: OpaquePointer) -> CInt {
        var pause = CInt(1000)
        var wish: UInt64 = 0
        if unsafe MHD_get_timeout(daemon, &wish) == MHD_Result.YES { pause = min(pause, CInt(clamping: wish)) }
        let now = MonotonicClock.now()
        for exchange in suspended {
            if let deadline = exchange.deferred?.deadline { pause = min(pause, (deadline - now).pollMilliseconds) }
        }
        return pause
    }

    /// Several lines of one name are one list (RFC 9110, section 5.3).
    private static func acceptLanguage(of exchange: HTTPExchange, _ connection: OpaquePointer) -> String? {
        unsafe MHD_get_connection_values(
            connection, .HEADER_KIND,
            { exchange, _, name, value in
                guard let exchange = unsafe exchange, let name = unsafe name, let value = unsafe value,
                    unsafe strcasecmp(name, MHD_HTTP_HEADER_ACCEPT_LANGUAGE) == 0
                else { return MHD_Result.YES }
                unsafe Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue().languages.append(String(cString: value))
                return MHD_Result.YES
            }, Unmanaged.passUnretained(exchange).toOpaque())
        return exchange.languages.isEmpty ? nil : exchange.languages.joined(separator: ", ")
    }

    private func resumeAnswered() {
        let now = MonotonicClock.now()
        suspended.removeAll { exchange in
            guard let response = exchange.deferred?.poll(now: now, waker: waker) else { return false }
            exchange.response = response
            unsafe MHD_resume_connection(exchange.connection)
            return true
        }
    }

    /// libmicrohttpd calls this when the headers are complete, for each part of a body, when the request is complete, and again
    /// after a resume.
    private func receive(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ method: String, _ size: inout Int
    ) -> MHD_Result {
        if size > 0 {
            exchange.discarded += size
            size = 0
            return exchange.discarded > HTTPExchange.bodyLimit ? MHD_Result.NO : MHD_Result.YES
        }
        guard method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD else {
            var refusal = HTTPResponse.error(405, "only GET and HEAD are answered here")
            refusal.headers = [HTTPResponse.Header(name: "Allow", value: "GET, HEAD")]
            return unsafe exchange.send(refusal, on: connection)
        }
        guard exchange.headersSeen else {
            exchange.headersSeen = true
            return MHD_Result.YES
        }
        if let response = exchange.response { return unsafe send(response, exchange, connection) }
        let acceptLanguage = unsafe Self.acceptLanguage(of: exchange, connection)
        guard let request = HTTPRequest(target: exchange.target, acceptLanguage: acceptLanguage, isHead: method == MHD_HTTP_METHOD_HEAD)
        else {
            return unsafe send(.error(400, "malformed request target"), exchange, connection)
        }
        switch handler(request) {
        case .now(let response):
            return unsafe send(response, exchange, connection)
        case .later(let answer):
            if let response = answer.poll(now: MonotonicClock.now(), waker: waker) {
                return unsafe send(response, exchange, connection)
            }
            guard suspended.count < HTTPServer.deferredLimit else {
                return unsafe send(.error(503, "too many wait for an answer already; ask again"), exchange, connection)
            }
            exchange.deferred = answer
            suspended.append(exchange)
            connections.waits(unsafe CMicroHTTPD_socket(connection), now: MonotonicClock.now())
            unsafe MHD_suspend_connection(connection)
            return MHD_Result.YES
        }
    }

    private func send(_ response: HTTPResponse, _ exchange: HTTPExchange, _ connection: OpaquePointer) -> MHD_Result {
        connections.reads(unsafe CMicroHTTPD_socket(connection), bytes: response.body.memory, now: MonotonicClock.now())
        return unsafe exchange.send(response, on: connection)
    }
}
