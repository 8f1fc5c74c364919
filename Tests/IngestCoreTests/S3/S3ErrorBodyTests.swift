import Testing

@testable import IngestCore

@Suite("An S3 error body")
struct S3ErrorBodyTests {
    @Test("gives code, message and region, wherever they stand")
    func whole() throws {
        let body = try #require(
            read(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message>
                <Region>eu-west-1</Region><RequestId>1</RequestId></Error>
                """))
        #expect(body.code == "AuthorizationHeaderMalformed")
        #expect(body.message == "the region 'us-east-1' is wrong; expecting 'eu-west-1'")
        #expect(body.region == "eu-west-1")
    }

    @Test("may be cut off after its code")
    func cut() throws {
        #expect(try #require(read("<Error><Code>SlowDown</Code><Message>Please red")).message == "")
        #expect(read("<Error><Code>SlowDo") == nil)
        #expect(read("<Error><Code>") == nil)
    }

    @Test(
        "is none when it has no code",
        arguments: ["", "<html><h1>Bad Gateway</h1></html>", "{\"Code\": \"x\"}", "<Code></Code>", "<Code>a b</Code>"])
    func none(text: String) {
        #expect(read(text) == nil)
        #expect(S3ErrorBody([0xff, 0x00, 0x3c]) == nil)
    }

    @Test("becomes one line that a log can hold")
    func message() throws {
        let body = try #require(
            read("<Code>X</Code><Message>a &lt;b&gt; &amp;amp;\n\u{1b}[31mred \(String(repeating: "x", count: 500))</Message>"))
        #expect(body.message.hasPrefix("a <b> &amp;  [31mred xxx"))
        #expect(body.message.unicodeScalars.count == 300)
        let endless = "<Code>" + String(repeating: "A", count: 65) + "</Code>"
        #expect(read(endless) == nil)
        #expect(try #require(S3ErrorBody(Array("<Code>X</Code><Message>".utf8) + [0xff] + Array("</Message>".utf8))).message == "\u{fffd}")
    }

    private func read(_ text: String) -> S3ErrorBody? { S3ErrorBody(Array(text.utf8)) }
}
