import CHiredis
import Glibc
import Platform

/// hiredis' handle, its one owner, and the exchange of bytes under a deadline.
@safe struct RedisSocket: ~Copyable {
    private let context: UnsafeMutablePointer<redisContext>
    private let timeout: Duration

    private init(_ context: UnsafeMutablePointer<redisContext>, timeout: Duration) {
        unsafe self.context = context
        self.timeout = timeout
    }

    deinit { unsafe redisFree(context) }

    /// Connects to the first address that answers before `deadline`.
    ///
    /// The corresponding C function is `redisConnectNonBlock`.
    static func open(_ addresses: [String], port: Int, timeout: Duration, until deadline: Duration) throws(RedisError.Cause) -> RedisSocket
    {
        var cause = RedisError.Cause.hungUp
        for (number, address) in addresses.enumerated() {
            // Every address gets its share of the time.
            let now = MonotonicClock.now()
            let share = (deadline - now) / (addresses.count - number)
            do throws(RedisError.Cause) {
                guard let context = unsafe redisConnectNonBlock(address, CInt(port)) else { throw .outOfMemory }
                let error = errno
                let socket = unsafe RedisSocket(context, timeout: timeout)
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
            guard unsafe redisBufferWrite(context, &isDone) == REDIS_OK else { throw failure(errno) }
            if isDone != 0 { return }
            guard wait(for: POLLOUT, until: deadline) else { throw .timedOut(timeout) }
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
            guard wait(for: POLLIN, until: deadline) else { throw .timedOut(timeout) }
            guard unsafe redisBufferRead(context) == REDIS_OK else { throw failure(errno) }
        }
    }

    private func failure(_ error: CInt) -> RedisError.Cause {
        unsafe .init(code: context.pointee.err, error: error, timeout: timeout)
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
