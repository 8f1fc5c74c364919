import Foundation
import Testing

@testable import IngestCore

@Suite("A base64 encoder")
struct Base64EncoderTests {
    @Test(
        "gives the texts of RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, text: String) { #expect(encoded(Array(plain.utf8)) == text) }

    @Test("agrees with Foundation at any length")
    func lengths() {
        var random = SeededRandom(seed: 7)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(encoded(bytes) == Data(bytes).base64EncodedString())
        }
    }

    @Test("leaves what the buffer held before")
    func place() {
        var buffer = Array("data:".utf8)
        Base64Encoder.append(Array("fo".utf8), to: &buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == "data:Zm8=")
    }

    private func encoded(_ bytes: [UInt8]) -> String {
        var buffer = [UInt8]()
        Base64Encoder.append(bytes, to: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }
}
