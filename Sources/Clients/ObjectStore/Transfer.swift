import CCurl
import Glibc
import Platform

/// One easy handle and the request it is busy with. A class, because libcurl keeps its address for the callbacks; used for one
/// request after another.
///
/// Belongs to one client and its thread; not `Sendable`: "you must never share the same handle in multiple threads" (libcurl-thread(3)).
@safe final class Transfer {
    /// How much of a refusal's body is read.
    static let errorBodyLimit = 4096

    let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?

    private(set) var request: ObjectRequest?
    private(set) var token: UInt64 = 0
    /// Whether it was signed and sent a second time.
    var resent = false
    private var host = ""
    /// What is sent; nil for an empty body.
    private var source: (any BodySource)?
    private var offset = 0
    private var longestRead = Int.max
    private var received = 0
    private var errorBody: [UInt8] = []
    private var failure: ObjectStoreError.Cause?
    /// When the callbacks last saw a byte move, on the monotonic clock. libcurl's own LOW_SPEED_TIME takes its average over five
    /// seconds, and is that much late.
    private(set) var lastMoved = Duration.zero

    /// The corresponding C function is `curl_easy_init`.
    init?() {
        guard let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headerList)
        unsafe errorText.deallocate()
    }

    /// Makes the handle ready for `request`. Everything is set anew, so that nothing of the request before it is left.
    func prepare(_ request: ObjectRequest, _ signed: SignedRequest, token: UInt64, settings: ObjectStoreClient.Settings)
        throws(ObjectStoreError)
    {
        self.request = request
        self.token = token
        host = signed.host
        offset = 0
        received = 0
        failure = nil
        lastMoved = MonotonicClock.now()
        errorBody.removeAll(keepingCapacity: true)
        switch request.payload {
        case .none: source = nil
        case .small(let bytes): source = MemoryBody(bytes)
        case .stream(let body, _): source = body
        }
        longestRead = max(1, (request.maxRate ?? .max) / 4)
        guard setUp(request, signed, settings) == CURLE_OK else {
            throw ObjectStoreError(
                request: request.description, operation: request.operation, host: host, cause: .unsendable("out of memory"))
        }
    }

    /// Lets go of the request and its body.
    func finish() {
        request = nil
        source = nil
        resent = false
    }

    /// The corresponding C functions are `curl_easy_reset` and `curl_easy_setopt`.
    private func setUp(_ request: ObjectRequest, _ signed: SignedRequest, _ settings: ObjectStoreClient.Settings) -> CURLcode {
        unsafe curl_easy_reset(handle)
        unsafe errorText.pointee = 0
        unsafe curl_slist_free_all(headerList)
        unsafe headerList = nil
        // "Expect:" off: it costs a round trip and every server here reads bodies. "Accept:" says nothing.
        var lines = signed.headers.map { "\($0.name): \($0.value)" }
        lines += ["Expect:", "Accept:"]
        for line in lines {
            guard let longer = unsafe curl_slist_append(headerList, line) else { return CURLE_OUT_OF_MEMORY }
            unsafe headerList = longer
        }
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        var code = CURLE_OK
        func set(_ result: CURLcode) { if result != CURLE_OK { code = result } }

        unsafe set(CCurl_set_pointer(handle, CURLOPT_PRIVATE, me))
        unsafe set(CCurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        unsafe set(CCurl_set_text(handle, CURLOPT_URL, signed.url))
        unsafe set(CCurl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList))
        unsafe set(CCurl_set_text(handle, CURLOPT_USERAGENT, settings.userAgent))
        unsafe set(CCurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
        // The path is sent as it was signed; proxies of the environment, redirects and signals are for other programs.
        unsafe set(CCurl_set_long(handle, CURLOPT_PATH_AS_IS, 1))
        unsafe set(CCurl_set_text(handle, CURLOPT_PROXY, ""))
        unsafe set(CCurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0))
        unsafe set(CCurl_set_long(handle, CURLOPT_NOSIGNAL, 1))
        unsafe set(CCurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        // A look-up that hangs must not hold up whoever ends the client.
        unsafe set(CCurl_set_long(handle, CURLOPT_QUICK_EXIT, 1))
        unsafe set(CCurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1))
        unsafe set(CCurl_set_sockopt(handle, Self.connected))
        if !settings.caFile.isEmpty { unsafe set(CCurl_set_text(handle, CURLOPT_CAINFO, settings.caFile)) }

        unsafe set(CCurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.milliseconds))
        if let deadline = request.deadline { unsafe set(CCurl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, deadline.milliseconds))) }

        switch request.operation {
        case .putObject, .createBucket:
            unsafe set(CCurl_set_long(handle, CURLOPT_UPLOAD, 1))
            unsafe set(CCurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(source?.count ?? 0)))
            unsafe set(CCurl_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, settings.uploadBuffer))
            unsafe set(CCurl_set_transfer(handle, CURLOPT_READFUNCTION, Self.read))
            unsafe set(CCurl_set_pointer(handle, CURLOPT_READDATA, me))
            unsafe set(CCurl_set_seek(handle, Self.seek))
            unsafe set(CCurl_set_pointer(handle, CURLOPT_SEEKDATA, me))
            if let rate = request.maxRate { unsafe set(CCurl_set_offset(handle, CURLOPT_MAX_SEND_SPEED_LARGE, curl_off_t(max(1, rate)))) }
        case .headObject, .headBucket:
            unsafe set(CCurl_set_long(handle, CURLOPT_NOBODY, 1))
        case .getObject, .listObjects:
            unsafe set(CCurl_set_long(handle, CURLOPT_HTTPGET, 1))
        case .deleteObject:
            unsafe set(CCurl_set_text(handle, CURLOPT_CUSTOMREQUEST, "DELETE"))
        }
        unsafe set(CCurl_set_transfer(handle, CURLOPT_WRITEFUNCTION, Self.write))
        unsafe set(CCurl_set_pointer(handle, CURLOPT_WRITEDATA, me))
        return code
    }

    // MARK: Callbacks, on the thread that runs the client

    /// CURLOPT_READFUNCTION(3): the next bytes of the body. With a rate limit no read takes more than a quarter of a second's
    /// worth, or a slow upload would come in bursts with pauses that look like a stall.
    private static let read: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
        buffer, size, count, me in
        unsafe Unmanaged<Transfer>.fromOpaque(me!).takeUnretainedValue().fill(buffer!, size * count)
    }

    private func fill(_ buffer: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
        lastMoved = MonotonicClock.now()
        guard let source, offset < source.count else { return 0 }
        let wanted = min(room, longestRead, source.count - offset)
        let memory = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: wanted).assumingMemoryBound(to: UInt8.self)
        var span = unsafe memory.mutableSpan
        do throws(BodyFailure) {
            let count = try source.fill(&span, from: offset)
            guard (1...wanted).contains(count) else { throw BodyFailure("the body gave \(count) of \(wanted) bytes") }
            offset += count
            return count
        } catch {
            failure = .body(error)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    /// CURLOPT_SOCKOPTFUNCTION(3), for each new connection: lets the kernel take no more than 64 KiB ahead of what it has sent
    /// (TCP_NOTSENT_LOWAT, net/ipv4/tcp.c). Else it takes a whole picture at once, and a thin uplink that is busy with it for a minute
    /// looks like a server that hangs.
    private static let connected: @convention(c) (UnsafeMutableRawPointer?, curl_socket_t, curlsocktype) -> CInt = { _, socket, _ in
        var ahead: CInt = 64 << 10
        unsafe setsockopt(socket, CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &ahead, socklen_t(MemoryLayout<CInt>.size))
        return CURL_SOCKOPT_OK  // a kernel without it only has the longer pauses
    }

    /// CURLOPT_SEEKFUNCTION(3): back to the start, when a kept connection proves dead and libcurl sends anew.
    private static let seek: @convention(c) (UnsafeMutableRawPointer?, curl_off_t, CInt) -> CInt = { me, offset, origin in
        let transfer = unsafe Unmanaged<Transfer>.fromOpaque(me!).takeUnretainedValue()
        guard origin == 0, offset >= 0, offset <= transfer.source?.count ?? 0 else { return CURL_SEEKFUNC_FAIL }  // SEEK_SET
        transfer.offset = Int(offset)
        return CURL_SEEKFUNC_OK
    }

    /// CURLOPT_WRITEFUNCTION(3): the answer's body; to the sink if it is the object, else kept as the reason of a refusal.
    private static let write: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
        data, size, count, me in
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count).assumingMemoryBound(to: UInt8.self)
        return unsafe Unmanaged<Transfer>.fromOpaque(me!).takeUnretainedValue().take(bytes.span)
    }

    /// Answers how many bytes it took; any other number than all of them ends the transfer.
    private func take(_ bytes: Span<UInt8>) -> Int {
        lastMoved = MonotonicClock.now()
        guard (200..<300).contains(status) else {
            for index in 0..<min(bytes.count, Self.errorBodyLimit - errorBody.count) { errorBody.append(bytes[index]) }
            return bytes.count
        }
        guard let request, let sink = request.sink else { return bytes.count }
        received += bytes.count
        guard received <= request.limit else {
            failure = .tooLarge(limit: request.limit)
            return 0
        }
        do throws(BodyFailure) {
            try sink.take(bytes)
            return bytes.count
        } catch {
            failure = .body(error)
            return 0
        }
    }

    /// The error of a request that moved nothing for `pause`.
    func stalled(for pause: Duration) -> ObjectStoreError {
        let name = unsafe String(cString: curl_easy_strerror(CURLE_OPERATION_TIMEDOUT))
        let detail = "nothing moved for \(pause.milliseconds) ms"
        return error(.transport(code: Int32(bitPattern: CURLE_OPERATION_TIMEDOUT.rawValue), name: name, detail: detail))
    }

    // MARK: What came of it

    private var status: Int {
        var status = 0
        unsafe CCurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// The corresponding C function is `curl_easy_header`.
    func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        guard unsafe curl_easy_header(handle, name, 0, CUnsignedInt(CURLH_HEADER), -1, &header) == CURLHE_OK, let header = unsafe header
        else {
            return nil
        }
        let value = unsafe String(cString: header.pointee.value)
        return value.isEmpty ? nil : value
    }

    /// The one place where libcurl's code, or the server's status, becomes an answer or an error.
    func result(_ code: CURLcode, refusal: ([UInt8]) -> StoreRefusal?) -> Result<ObjectStoreAnswer, ObjectStoreError> {
        let status = status
        if let failure { return .failure(error(failure)) }
        guard code == CURLE_OK else {
            // An answer that came before the whole body was sent is the server's last word, whatever became of the connection.
            if status >= 300, code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE {
                return .failure(error(.status(status, refusal(errorBody))))
            }
            let name = unsafe String(cString: curl_easy_strerror(code))
            let detail = unsafe String(cString: errorText)
            return .failure(
                error(.transport(code: Int32(bitPattern: code.rawValue), name: name, detail: Self.line(detail.isEmpty ? name : detail))))
        }
        guard (200..<300).contains(status) else {
            let reason = refusal(errorBody)
            if request?.operation == .createBucket, status == 409, reason?.code == "BucketAlreadyOwnedByYou" {
                return .success(answer(status))
            }
            return .failure(error(.status(status, reason)))
        }
        let answer = answer(status)
        if request?.operation == .putObject, answer.etag == nil { return .failure(error(.notAnObjectStore(status: status))) }
        return .success(answer)
    }

    func error(_ cause: ObjectStoreError.Cause) -> ObjectStoreError {
        ObjectStoreError(
            request: request?.description ?? "", operation: request?.operation, host: host, cause: cause, retryAfter: header("retry-after"),
            serverDate: header("date"), requestID: header("x-amz-request-id").map(Self.line)
        )
    }

    private func answer(_ status: Int) -> ObjectStoreAnswer {
        var length: curl_off_t = -1
        unsafe CCurl_get_offset(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
        var wanted: [String: String] = [:]
        for name in request?.wantedHeaders ?? [] { wanted[name] = header(name) }
        let hasBody = request?.operation == .headObject || request?.operation == .getObject
        return ObjectStoreAnswer(
            status: status, etag: header("etag"), versionID: header("x-amz-version-id"), serverDate: header("date"),
            contentType: header("content-type"), contentLength: hasBody && length >= 0 ? Int64(length) : nil, headers: wanted
        )
    }

    var duration: Duration {
        var microseconds: curl_off_t = 0
        unsafe CCurl_get_offset(handle, CURLINFO_TOTAL_TIME_T, &microseconds)
        return .microseconds(microseconds)
    }

    var bytesSent: Int64 {
        var bytes: curl_off_t = 0
        unsafe CCurl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &bytes)
        return Int64(bytes)
    }

    /// What a server or a certificate says may hold anything; a log line holds at most 300 visible characters.
    private static func line(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(300) { scalars.append(scalar.properties.generalCategory == .control ? " " : scalar) }
        return String(scalars)
    }
}

extension Duration {
    /// Whole milliseconds, within what libcurl's `long` options take.
    var milliseconds: Int {
        let parts = components
        return Int(min(parts.seconds, 1_000_000_000)) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000)
    }
}
