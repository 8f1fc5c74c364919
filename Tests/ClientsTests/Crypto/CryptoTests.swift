import Testing

@testable import Clients

@Suite("SHA-256")
struct SHA256Tests {
    @Test("agrees with FIPS 180-4's examples")
    func examples() throws {
        #expect(try hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(try hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            try hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test("gives the same for any way of cutting the message, and begins anew after each")
    func parts() throws {
        let message = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) }
        let whole = try SHA256.digest(of: message.span)
        var hash = try SHA256()
        for size in [1, 7, 63, 64, 65, 4096, 100_000] {
            for start in stride(from: 0, to: message.count, by: size) {
                let end = min(start + size, message.count)
                size % 2 == 0 ? hash.update(message.span.extracting(start..<end)) : hash.update(message.span.bytes.extracting(start..<end))
            }
            #expect(try hash.finish() == whole, "cut into \(size)")
        }
        #expect(try hash.finish() == SHA256.digest(of: [UInt8]().span))
    }

    private func hex(_ text: String) throws -> String { try SHA256.digest(of: Array(text.utf8).span).hex }
}

@Suite("HMAC-SHA-256")
struct HMACSHA256Tests {
    @Test("agrees with RFC 4231's test cases")
    func examples() throws {
        #expect(
            try code([UInt8](repeating: 0x0b, count: 20), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            try code(Array("Jefe".utf8), "what do ya want for nothing?")
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            try code([UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First")
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("takes an empty key and an empty message")
    func empty() throws {
        #expect(try code([], "") == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    private func code(_ key: [UInt8], _ message: String) throws -> String {
        try HMACSHA256.code(of: Array(message.utf8).span, key: key.span).hex
    }
}

@Suite("A random UUID")
struct RandomUUIDTests {
    @Test("is of version 4, in lower case, and never the same")
    func form() throws {
        var seen: Set<String> = []
        for _ in 0..<2000 {
            let uuid = try RandomUUID.make()
            #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil, "\(uuid)")
            #expect(seen.insert(uuid).inserted)
        }
    }
}

extension [UInt8] {
    fileprivate var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
