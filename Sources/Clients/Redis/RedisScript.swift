import CCrypto

/// A Lua script the server runs as one step. It is sent once; from then on the server knows it by its SHA-1.
package struct RedisScript: Sendable {
    package let text: String
    /// SHA-1 in lower-case hex, by which the server knows it.
    package let digest: String

    package init(_ text: String) {
        self.text = text
        let bytes = Array(text.utf8)
        var hash = [UInt8](repeating: 0, count: 20)
        unsafe EVP_Digest(bytes, bytes.count, &hash, nil, EVP_sha1(), nil)
        let digits = Array("0123456789abcdef")
        digest = String(hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// `EVALSHA`, or `EVAL` with the whole text.
    package func command(whole: Bool, keys: [String], arguments: [[UInt8]]) -> RedisCommand {
        var command = RedisCommand(whole ? "EVAL" : "EVALSHA", whole ? text : digest, "\(keys.count)")
        for key in keys { command.append(key) }
        for argument in arguments { command.append(argument) }
        return command
    }
}
