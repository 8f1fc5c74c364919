/// One command, word by word; words may hold any bytes.
package struct RedisCommand: Sendable {
    package private(set) var words: [[UInt8]]

    package init(_ name: String, _ arguments: String...) {
        words = [Array(name.utf8)] + arguments.map { Array($0.utf8) }
    }

    /// For messages: the name alone, for arguments may be secret.
    package var name: String { String(decoding: words[0], as: UTF8.self) }

    package mutating func append(_ word: String) { words.append(Array(word.utf8)) }
    package mutating func append(_ word: [UInt8]) { words.append(word) }
}

/// The commands in use (redis.io/commands), each with the reply it gives.
extension RedisCommand {
    /// Bytes, or null.
    package static func get(_ key: String) -> Self { Self("GET", key) }

    /// `OK`; null when `onlyIfNew` and the key exists.
    package static func set(_ key: String, to value: [UInt8], onlyIfNew: Bool = false, expiry: Duration? = nil) -> Self {
        var command = Self("SET", key)
        command.append(value)
        if onlyIfNew { command.append("NX") }
        if let expiry {
            command.append("PX")
            command.append("\(expiry.inMilliseconds)")
        }
        return command
    }

    package static func set(_ key: String, to value: String, onlyIfNew: Bool = false, expiry: Duration? = nil) -> Self {
        set(key, to: Array(value.utf8), onlyIfNew: onlyIfNew, expiry: expiry)
    }

    /// How many there were.
    package static func delete(_ keys: [String]) -> Self {
        var command = Self("DEL")
        for key in keys { command.append(key) }
        return command
    }

    /// 1, or 0 when there is no such key.
    package static func expire(_ key: String, after pause: Duration) -> Self { Self("PEXPIRE", key, "\(pause.inMilliseconds)") }

    /// How many fields are new.
    package static func hashSet(_ key: String, _ fields: [(name: String, value: [UInt8])]) -> Self {
        var command = Self("HSET", key)
        for field in fields {
            command.append(field.name)
            command.append(field.value)
        }
        return command
    }

    /// An array of names and values by turns; empty when there is no such key.
    package static func hashGetAll(_ key: String) -> Self { Self("HGETALL", key) }

    /// An array in the order of `names`, null for each that is missing.
    package static func hashGet(_ key: String, _ names: [String]) -> Self {
        var command = Self("HMGET", key)
        for name in names { command.append(name) }
        return command
    }

    /// An array of the next cursor, `0` at the end, and an array of keys.
    package static func scan(from cursor: String, matching pattern: String, count: Int) -> Self {
        Self("SCAN", cursor, "MATCH", pattern, "COUNT", "\(count)")
    }

    /// `text` as a pattern that matches nothing else.
    package static func literalPattern(_ text: String) -> String {
        text.reduce(into: "") { pattern, character in
            if "*?[]\\^".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
    }
}

extension Duration {
    /// At least 1: Redis takes no expiry of 0.
    fileprivate var inMilliseconds: Int { max(1, Int(self / .milliseconds(1))) }
}
