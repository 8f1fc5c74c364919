import Platform

/// One connection to Redis, for one thread.
///
/// Every call ends within the settings' `timeout`, all of its commands and replies together: hiredis' own timeouts hold for
/// each read(2) alone, so its non-blocking mode is used with a poll(2) and a deadline here. The only wait beside it is the
/// name service's, within the same limit.
///
/// After an error of the connection itself, `isUsable` is false and the connection has to be replaced; an error the server
/// answered leaves it as it was. Which of the commands of a broken pipeline were carried out is unknown.
///
/// Not `Sendable`; hiredis has no locks.
package struct RedisConnection: ~Copyable {
    package let settings: RedisSettings
    /// Whether commands may be sent.
    package private(set) var isUsable = true

    private let socket: RedisSocket

    /// Connects, logs in and chooses the database.
    /// - Parameter lookup: of `settings.host`; kept by the caller, so that a slow name service is not asked twice at a time.
    package init(_ settings: RedisSettings, lookup: HostLookup) throws(RedisError) {
        let deadline = MonotonicClock.now() + settings.timeout
        let addresses: [String]
        do throws(HostLookup.Failure) {
            addresses = try lookup.addresses(within: settings.timeout)
        } catch {
            throw RedisError("CONNECT", settings.endpoint, .lookup(error.description))
        }
        let socket: RedisSocket
        do throws(RedisError.Cause) {
            socket = try RedisSocket.open(addresses, settings, until: deadline)
        } catch {
            throw RedisError("CONNECT", settings.endpoint, error)
        }
        try Self.greet(socket, settings, until: deadline)
        self.settings = settings
        self.socket = socket
    }

    private static func greet(_ socket: borrowing RedisSocket, _ settings: RedisSettings, until deadline: Duration) throws(RedisError) {
        var greeting: [RedisCommand] = []
        if !settings.password.isEmpty {
            greeting.append(
                settings.username.isEmpty
                    ? RedisCommand("AUTH", settings.password) : RedisCommand("AUTH", settings.username, settings.password))
        }
        if settings.database != 0 { greeting.append(RedisCommand("SELECT", "\(settings.database)")) }
        greeting.append(RedisCommand("PING"))
        let replies: [RedisReply]
        do throws(RedisError.Cause) {
            replies = try socket.exchange(greeting, until: deadline)
        } catch {
            throw RedisError("CONNECT", settings.endpoint, error)
        }
        for (command, reply) in zip(greeting, replies) {
            if case .error(let cause) = reply { throw RedisError(command.name, settings.endpoint, cause) }
        }
    }

    /// Sends one command and answers its reply; an error reply is thrown.
    package mutating func send(_ command: RedisCommand) throws(RedisError) -> RedisReply {
        let reply = try pipeline([command])[0]
        if case .error(let cause) = reply { throw RedisError(command.name, settings.endpoint, cause) }
        return reply
    }

    /// Sends all commands at once and answers their replies in their order. A command that fails is `.error` in its place;
    /// the others are carried out all the same.
    package mutating func pipeline(_ commands: [RedisCommand]) throws(RedisError) -> [RedisReply] {
        guard let first = commands.first else { return [] }
        do throws(RedisError.Cause) {
            guard isUsable else { throw .hungUp }
            isUsable = false
            let replies = try socket.exchange(commands, until: MonotonicClock.now() + settings.timeout)
            isUsable = true
            return replies
        } catch {
            throw RedisError(first.name, settings.endpoint, error)
        }
    }

    /// Runs a script by its digest, and sends it whole when the server does not know it.
    package mutating func run(_ script: RedisScript, keys: [String], arguments: [[UInt8]] = []) throws(RedisError) -> RedisReply {
        do throws(RedisError) {
            return try send(script.command(whole: false, keys: keys, arguments: arguments))
        } catch {
            guard error.cause == .noScript else { throw error }
            return try send(script.command(whole: true, keys: keys, arguments: arguments))
        }
    }

    /// All keys that match a pattern, in no order, each once; at most `limit`. Takes one round trip for about every 1000 keys
    /// in the database, each within the timeout.
    package mutating func keys(matching pattern: String, limit: Int) throws(RedisError) -> Set<String> {
        var found: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try send(.scan(from: cursor, matching: pattern, count: 1000))
            guard let parts = reply.array, parts.count == 2, let next = parts[0].text, let keys = parts[1].array else {
                throw RedisError("SCAN", settings.endpoint, .malformed)
            }
            for key in keys where found.count < limit { if let text = key.text { found.insert(text) } }
            cursor = next
        } while cursor != "0" && found.count < limit
        return found
    }
}
