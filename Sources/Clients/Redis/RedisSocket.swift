import CCrypto
import CHiredis
import Glibc
import Platform

/// hiredis' handle, its one owner, and the exchange of bytes under a deadline.
@safe struct RedisSocket: ~Copyable {
    private let context: UnsafeMutablePointer<redisContext>
    /// Of one reply: more than any command of this program is answered.
    private static let mostElements: Int64 = 1 << 20
    private let timeout: Duration
    /// `SSL *`; hiredis owns it.
    private var tls: OpaquePointer?

    private init(_ context: UnsafeMutablePointer<redisContext>, timeout: Duration) {
        unsafe self.context = context
        self.timeout = timeout
    }

    deinit { unsafe redisFree(context) }

    /// Connects to the first address that answers before `deadline`; with TLS only where the server is the one that is meant.
    static func open(_ addresses: [String], _ settings: RedisSettings, until deadline: Duration) throws(RedisError.Cause) -> RedisSocket {
        // hiredis writes without MSG_NOSIGNAL (0.14.1, 1.2.0), and so does OpenSSL.
        SocketCalls.ignorePipeSignal
        var socket = try open(addresses, port: settings.port, timeout: settings.timeout, until: deadline)
        if let files = settings.tls { try socket.secure(files, host: settings.host, until: deadline) }
        return socket
    }

    /// The corresponding C function is `redisConnectNonBlock`.
    private static func open(
        _ addresses: [String], port: Int, timeout: Duration, until deadline: Duration
    ) throws(RedisError.Cause) -> RedisSocket {
        var cause = RedisError.Cause.hungUp
        for (number, address) in addresses.enumerated() {
            // Every address gets its share of the time.
            let now = MonotonicClock.now()
            let share = (deadline - now) / (addresses.count - number)
            do throws(RedisError.Cause) {
                guard let context = unsafe redisConnectNonBlock(address, CInt(port)) else { throw .outOfMemory }
                let error = errno
                let socket = unsafe RedisSocket(context, timeout: timeout)
                unsafe CHiredis_bound_arrays(context, mostElements)
                guard unsafe context.pointee.err == 0 else { throw socket.failure(error) }
                guard socket.wait(for: POLLOUT, until: now + share) else { throw .timedOut(timeout) }
                let code = unsafe SocketCalls.takeError(of: context.pointee.fd)
                guard code == 0 else { throw .network(code) }
                return socket
            } catch {
                cause = error
            }
        }
        throw cause
    }

    /// The corresponding C functions are `redisInitiateSSL`, which begins the handshake and lets hiredis read and write through OpenSSL from
    /// then on, and `SSL_do_handshake`. (hiredis 1.2.0 read: it owns the connection if the first succeeds, else we do.)
    private mutating func secure(_ files: TLSFiles, host: String, until deadline: Duration) throws(RedisError.Cause) {
        guard let initiate = unsafe RedisTLS.initiate else { throw .tls("there is no TLS without \(RedisTLS.library)") }
        let own: TLSContext
        do throws(TLSFailure) {
            own = try TLSContext(files, host: host)
        } catch {
            throw .init(error)
        }
        guard let connection = unsafe SSL_new(own.pointer) else { throw .outOfMemory }
        guard unsafe initiate(context, connection) == REDIS_OK else {
            let cause = unsafe tlsFailure(of: connection)
            unsafe SSL_free(connection)
            throw cause
        }
        unsafe tls = connection
        while true {
            ERR_clear_error()
            let code = unsafe SSL_do_handshake(connection)
            if code == 1 { return }
            guard unsafe [SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE].contains(SSL_get_error(connection, code)) else {
                throw unsafe tlsFailure(of: connection)
            }
            guard wait(for: wish(POLLIN), until: deadline) else { throw .timedOut(timeout) }
        }
    }

    /// What to poll for, where without TLS it would be `events`: a record may have to be read before one can be written, and the other
    /// way round.
    private func wish(_ events: CInt) -> CInt {
        guard let tls = unsafe tls else { return events }
        if unsafe CCrypto_waits_for_read(tls) != 0 { return POLLIN }
        return unsafe CCrypto_waits_for_write(tls) != 0 ? POLLOUT : events
    }

    /// Sends all commands and answers their replies. After an error the two sides are out of step for good.
    ///
    /// The corresponding C functions are `redisAppendCommandArgv`, `redisBufferWrite`, `redisBufferRead` and
    /// `redisGetReplyFromReader`.
    func exchange(_ commands: [RedisCommand], until deadline: Duration) throws(RedisError.Cause) -> [RedisReply] {
        for command in commands { try append(command) }
        try write(until: deadline)
        var replies: [RedisReply] = []
        replies.reserveCapacity(commands.count)
        while replies.count < commands.count { replies.append(try readReply(until: deadline)) }
        return replies
    }

    private func append(_ command: RedisCommand) throws(RedisError.Cause) {
        // One block for all words, so that every address stays good during the call.
        let block = command.words.flatMap { $0 }
        var lengths = command.words.map(\.count)
        let code = unsafe block.withUnsafeBytes { bytes in
            var start = unsafe UnsafePointer<CChar>(OpaquePointer(bytes.baseAddress))
            var words = unsafe [UnsafePointer<CChar>?]()
            for length in lengths {
                unsafe words.append(start)
                unsafe start = start.map { unsafe $0 + length }
            }
            return unsafe redisAppendCommandArgv(context, CInt(words.count), &words, &lengths)
        }
        guard code == REDIS_OK else { throw failure(errno) }
    }

    private func write(until deadline: Duration) throws(RedisError.Cause) {
        var isDone: CInt = 0
        while true {
            if unsafe tls != nil { ERR_clear_error() }
            guard unsafe redisBufferWrite(context, &isDone) == REDIS_OK else { throw failure(errno) }
            if isDone != 0 { return }
            guard wait(for: wish(POLLOUT), until: deadline) else { throw .timedOut(timeout) }
        }
    }

    private func readReply(until deadline: Duration) throws(RedisError.Cause) -> RedisReply {
        while true {
            var reply: UnsafeMutableRawPointer?
            guard unsafe redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw failure(errno) }
            if let found = unsafe reply {
                defer { unsafe freeReplyObject(found) }
                return unsafe RedisReply(found.assumingMemoryBound(to: redisReply.self).pointee)
            }
            // OpenSSL may hold decrypted bytes, for which the socket never becomes readable.
            if unsafe tls.map({ unsafe SSL_pending($0) }) ?? 0 == 0 {
                guard wait(for: wish(POLLIN), until: deadline) else { throw .timedOut(timeout) }
            }
            if unsafe tls != nil { ERR_clear_error() }
            guard unsafe redisBufferRead(context) == REDIS_OK else { throw failure(errno) }
        }
    }

    private func failure(_ error: CInt) -> RedisError.Cause {
        if let tls = unsafe tls, unsafe context.pointee.err == REDIS_ERR_IO { return unsafe tlsFailure(of: tls) }
        return unsafe .init(code: context.pointee.err, error: error, timeout: timeout)
    }

    /// What OpenSSL complains of; where it does not, the connection was lost.
    private func tlsFailure(of connection: OpaquePointer) -> RedisError.Cause {
        let reason = unsafe ERR_reason_error_string(ERR_peek_error()).map { unsafe String(cString: $0) }
        ERR_clear_error()
        if let found = unsafe TLSContext.verification(connection) { return .tls(found) }
        guard let reason, reason != "unexpected eof while reading" else { return .hungUp }
        return .tls(reason == "wrong version number" ? reason + ", or the port is not meant for TLS" : reason)
    }

    /// Waits until the socket can be written or read; false when it is too late.
    private func wait(for events: CInt, until deadline: Duration) -> Bool {
        var entry = unsafe pollfd(fd: context.pointee.fd, events: Int16(events), revents: 0)
        while true {
            let left = max(.zero, deadline - MonotonicClock.now())
            let count = unsafe poll(&entry, 1, CInt(clamping: Int(left / .milliseconds(1)) + 1))
            if count > 0 { return true }
            if left == .zero || (count < 0 && errno != EINTR) { return false }
        }
    }
}

extension RedisReply {
    /// hiredis bounds the depth (7 in 0.14), so the recursion is bounded too.
    fileprivate init(_ reply: redisReply) {
        func bytes() -> [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: reply.str, count: reply.len)) }
        self =
            switch unsafe reply.type {
            case REDIS_REPLY_STRING: .bytes(bytes())
            case REDIS_REPLY_STATUS: .status(String(decoding: bytes(), as: UTF8.self))
            case REDIS_REPLY_INTEGER: unsafe .integer(Int(reply.integer))
            case REDIS_REPLY_ARRAY: unsafe .array((0..<reply.elements).map { unsafe RedisReply(reply.element[$0]!.pointee) })
            case REDIS_REPLY_ERROR: .error(RedisError.Cause(reply: String(decoding: bytes(), as: UTF8.self)))
            default: .null
            }
    }
}
