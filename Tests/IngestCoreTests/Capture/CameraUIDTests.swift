import Testing

@testable import IngestCore

@Suite("A camera uid")
struct CameraUIDTests {
    @Test("is 1 to 128 bytes of UTF-8")
    func length() {
        #expect(CameraUID("") == nil)
        #expect(CameraUID("a")?.text == "a")
        #expect(CameraUID(String(repeating: "x", count: 128)) != nil)
        #expect(CameraUID(String(repeating: "x", count: 129)) == nil)
        #expect(CameraUID(String(repeating: "é", count: 64)) != nil)
        #expect(CameraUID(String(repeating: "é", count: 64) + "x") == nil)
    }

    @Test("has no control characters", arguments: ["\0", "\t", "\n", "\u{1f}", "\u{7f}", "\u{80}", "\u{9f}"])
    func control(_ character: String) {
        #expect(CameraUID("a\(character)b") == nil)
        #expect(CameraUID(validating: Array("a\(character)b".utf8).span) == nil)
    }

    @Test("may have any other character", arguments: [" ", "a/b", "käm", "😀", "\u{a0}", "\u{2028}", ".", "..", "+", "#", "%", "\u{feff}x"])
    func others(_ text: String) {
        #expect(CameraUID(text)?.text == text)
        #expect(CameraUID(validating: Array(text.utf8).span)?.text == text)
    }

    @Test(
        "is valid UTF-8",
        arguments: [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x61, 0xe2, 0x82]] as [[UInt8]])
    func invalid(_ bytes: [UInt8]) {
        #expect(CameraUID(validating: bytes.span) == nil)
    }

    @Test("is kept byte for byte: composed and decomposed letters are two cameras")
    func normalisation() throws {
        let composed = try #require(CameraUID("caf\u{e9}"))
        let decomposed = try #require(CameraUID("cafe\u{301}"))
        #expect(composed.text == decomposed.text)  // as Swift has it
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(Array(decomposed.text.utf8) == Array("cafe\u{301}".utf8))
        #expect(CameraUID(validating: Array("cafe\u{301}".utf8).span) == decomposed)
    }

    @Test(
        "is percent-encoded for keys and file names",
        arguments: [
            ("cam7", "cam7"), ("Cam_7.a-b", "Cam_7.a-b"), ("a/b", "a%2Fb"), ("a b", "a%20b"), ("käm", "k%C3%A4m"), (".", "%2E"),
            ("..", "%2E%2E"), ("...", "..."), (".a", ".a"),
            ("a~b", "a%7Eb"), ("100%", "100%25"), ("😀", "%F0%9F%98%80"),
        ])
    func encoded(_ text: String, _ encoded: String) {
        #expect(CameraUID(text)?.encoded == encoded)
    }
}
