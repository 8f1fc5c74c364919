import CCurl
import Glibc
package import Platform

/// Talks to one object store over kept-alive HTTP/1.1 connections, several requests at once, on one thread.
///
/// ```
/// start(request, token) ... ─► wait(atMost:) ─► nextCompletion() until nil ─► start ...
/// ```
/// What stays simple because of what it refuses:
/// - It never retries, but for what is safe and at once: libcurl itself sends anew on a fresh connection when a kept one proves dead before
///   anything was answered, and a request refused while the clock was learned to be wrong is signed anew, once. The rest is the caller's.
/// - No redirects, no proxy from the environment, no HTTP/2, no cookies, no queue: what does not fit is refused.
/// - It knows nothing of cameras, and of S3 only the operations; addressing and signing are the dialect's.
///
/// All of it belongs to one thread, which must have SIGPIPE blocked (as `NamedThread` has) or ignored: OpenSSL writes to sockets without
/// MSG_NOSIGNAL. Only `waker` may be used by others. Not `Sendable`.
@safe package final class ObjectStoreClient {
    /// Ends a `wait` from any thread.
    package let waker: Waker

    private var settings: Settings
    private let dialect: any ObjectStoreDialect
    private let multi: UnsafeMutableRawPointer
    private var active: [Transfer] = []
    private var idle: [Transfer] = []
    private var completions: [ObjectStoreCompletion] = []

    /// libcurl wants this before anything else; it is safe in any thread ("threadsafe" among `curl_version_info`'s features, 7.84).
    private static let ready = curl_global_init(Int(CCurl_global_default)) == CURLE_OK

    /// - Parameter waker: shared with whatever else wakes this thread; nil makes one.
    ///
    /// The corresponding C function is `curl_multi_init`.
    package init(_ settings: Settings, dialect: any ObjectStoreDialect, waker: Waker? = nil) throws(ObjectStoreError) {
        guard Self.ready, let multi = unsafe curl_multi_init() else { throw Self.failure("curl_multi_init failed") }
        do throws(SystemError) {
            if let waker { self.waker = waker } else { self.waker = try Waker() }
        } catch {
            unsafe curl_multi_cleanup(multi)
            throw Self.failure(error.description)
        }
        unsafe self.multi = multi
        self.settings = settings
        self.dialect = dialect
        unsafe CCurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.concurrency)
    }

    deinit {
        for transfer in active { unsafe curl_multi_remove_handle(multi, transfer.handle) }
        active = []
        idle = []
        unsafe curl_multi_cleanup(multi)
    }

    /// How many more requests may be started.
    package var room: Int { max(0, settings.concurrency - active.count) }

    /// Requests under way.
    package var underWay: Int { active.count }

    /// Goes on with other timeouts and certificates. Requests under way and connections that stand stay; the number of connections stays
    /// too. A certificate file is read anew for every connection, so that one that was renewed under its old name needs no word.
    package func adopt(_ new: Settings) {
        let concurrency = settings.concurrency
        settings = new
        settings.concurrency = concurrency
    }

    /// Begins a request; nothing is sent before `wait`. A completion with `token` follows, unless this throws.
    ///
    /// The corresponding C function is `curl_multi_add_handle`.
    package func start(_ request: ObjectRequest, token: UInt64) throws(ObjectStoreError) {
        guard room > 0 else { throw Self.failure("there are \(active.count) requests under way already", request) }
        let transfer: Transfer
        if let used = idle.popLast() {
            transfer = used
        } else {
            guard let new = Transfer() else { throw Self.failure("curl_easy_init failed", request) }
            transfer = new
        }
        do throws(ObjectStoreError) {
            try send(request, token: token, on: transfer)
        } catch {
            transfer.finish()
            idle.append(transfer)
            throw error
        }
        active.append(transfer)
    }

    /// Moves bytes until a request has ended, `waker` woke or `timeout` is over, whichever is first; may also return earlier.
    /// Returns at once when a completion is waiting.
    ///
    /// The corresponding C functions are `curl_multi_perform` and `curl_multi_poll`.
    package func wait(atMost timeout: Duration) throws(ObjectStoreError) {
        try perform()
        guard completions.isEmpty else { return }
        let timeout = min(timeout, untilStall ?? timeout)
        var extra = curl_waitfd()
        extra.fd = waker.descriptor
        extra.events = Int16(CURL_WAIT_POLLIN)
        let milliseconds = CInt(clamping: max(.zero, timeout).milliseconds + 1)
        try unsafe check(curl_multi_poll(multi, &extra, 1, milliseconds, nil), "curl_multi_poll")
        // Before the caller looks at its queues, so no wake is lost.
        waker.clear()
        try perform()
        giveUpStalled()
    }

    /// The next request that has ended; nil when there is none.
    package func nextCompletion() -> ObjectStoreCompletion? { completions.isEmpty ? nil : completions.removeFirst() }

    /// Gives up the request with that token, if it is still under way; its completion says `cancelled`.
    ///
    /// The corresponding C function is `curl_multi_remove_handle`.
    package func cancel(token: UInt64) {
        guard let index = active.firstIndex(where: { $0.token == token }) else { return }
        let transfer = active[index]
        complete(transfer, .failure(transfer.error(.cancelled)))
    }

    /// Gives up all requests under way.
    package func cancelAll() { for transfer in active { complete(transfer, .failure(transfer.error(.cancelled))) } }

    /// Until the next request would have moved nothing for the stall timeout.
    private var untilStall: Duration? {
        active.map(\.lastMoved).min().map { $0 + settings.stallTimeout - MonotonicClock.now() }
    }

    private func giveUpStalled() {
        let now = MonotonicClock.now()
        for transfer in active where now - transfer.lastMoved >= settings.stallTimeout {
            complete(transfer, .failure(transfer.stalled(for: settings.stallTimeout)))
        }
    }

    private func perform() throws(ObjectStoreError) {
        var running: CInt = 0
        try unsafe check(curl_multi_perform(multi, &running), "curl_multi_perform")
        var left: CInt = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else { continue }
            let code = unsafe message.pointee.data.result
            guard let transfer = active.first(where: { unsafe $0.handle == easy }) else { continue }
            settle(transfer, code)
        }
    }

    /// Hears the server's time, and sends anew at once what was refused for a wrong one. The answer to a HEAD has no body to say so, so any
    /// 403 counts.
    private func settle(_ transfer: Transfer, _ code: CURLcode) {
        let result = transfer.result(code) { dialect.refusal(in: $0) }
        let relearned = transfer.header("date").map { dialect.hear(serverDate: $0) } ?? false
        if relearned, !transfer.resent, case .failure(let error) = result, error.status == 403, let request = transfer.request {
            unsafe curl_multi_remove_handle(multi, transfer.handle)
            transfer.resent = true
            do throws(ObjectStoreError) {
                return try send(request, token: transfer.token, on: transfer)
            } catch {
                return complete(transfer, .failure(error))
            }
        }
        complete(transfer, result)
    }

    private func send(_ request: ObjectRequest, token: UInt64, on transfer: Transfer) throws(ObjectStoreError) {
        let signed: SignedRequest
        do {
            signed = try dialect.sign(request)
        } catch {
            throw Self.failure("cannot be signed: \(error)", request)
        }
        guard !signed.headers.contains(where: { Self.hasControls($0.name) || Self.hasControls($0.value) }) else {
            throw Self.failure("a header has control characters", request)
        }
        try transfer.prepare(request, signed, token: token, settings: settings)
        try unsafe check(curl_multi_add_handle(multi, transfer.handle), "curl_multi_add_handle", request)
    }

    /// C0, DEL and C1 (Unicode's general category Cc), in UTF-8.
    private static func hasControls(_ text: String) -> Bool {
        var before: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f || before == 0xc2 && byte < 0xa0 { return true }
            before = byte
        }
        return false
    }

    private func complete(_ transfer: Transfer, _ result: Result<ObjectStoreAnswer, ObjectStoreError>) {
        guard let request = transfer.request else { return }
        unsafe curl_multi_remove_handle(multi, transfer.handle)
        completions.append(
            ObjectStoreCompletion(
                token: transfer.token, operation: request.operation, result: result, duration: transfer.duration,
                bytesSent: transfer.bytesSent
            ))
        transfer.finish()
        active.removeAll { $0 === transfer }
        idle.append(transfer)
    }

    private func check(_ code: CURLMcode, _ operation: String, _ request: ObjectRequest? = nil) throws(ObjectStoreError) {
        guard code != CURLM_OK else { return }
        let reason = unsafe String(cString: curl_multi_strerror(code))
        throw Self.failure("\(operation): \(reason)", request)
    }

    private static func failure(_ reason: String, _ request: ObjectRequest? = nil) -> ObjectStoreError {
        ObjectStoreError(
            request: request?.description ?? "object store", operation: request?.operation, host: "", cause: .unsendable(reason))
    }
}
