import Testing

@testable import IngestCore

@Suite("An envelope reader")
struct EnvelopeReaderTests {
    @Test("reads the chunk of a camera")
    func plain() throws {
        let payload = Array(
            #"{"id": "cam7", "index": 3, "total": 16, "image_id": "2026-11.a_b", "data": "QUJD", "fw": {"v": [1, 2.5e3]}}"#.utf8)
        let envelope = try EnvelopeReader.read(payload.span, needsID: true, maxChunks: 4096)
        #expect(envelope.index == 3)
        #expect(envelope.total == 16)
        #expect(String(decoding: payload[envelope.data], as: UTF8.self) == "QUJD")
        #expect(envelope.imageID(in: payload.span) == "2026-11.a_b")
        #expect(try envelope.camera(in: payload.span) == CameraUID("cam7"))
    }

    @Test(
        "takes whole numbers in each of their forms",
        arguments: [
            "3", "3.0", "3.000", "3e0", "30e-1", "0.3e1", "300E-2", "0.03e+2", #""3""#, #""003""#, #""\u0033""#, "3e00",
            "3000000000000000000000e-21",
        ])
    func wholeNumbers(_ three: String) throws {
        #expect(try read("index", three).index == 3)
        #expect(try read("total", three, index: "2").total == 3)
    }

    @Test("takes zero in each of its forms", arguments: ["0", "-0", "0.0", "0e5", "0e-999999999999999999999", #""0""#, #""-0""#])
    func zeros(_ zero: String) throws {
        #expect(try read("index", zero).index == 0)
    }

    @Test(
        "refuses other types as field_type",
        arguments: [
            "3.5", "1e-1", "35e-1", "null", "true", "[3]", "{}", #""""#, #""3.0""#, #"" 3""#, #""+3""#, #""3a""#, #""--3""#, #""-""#,
            #""0x3""#, #""٣""#,
            #""1e0""#,
        ])
    func wrongNumbers(_ value: String) {
        #expect(throws: Refusal.fieldType) { try read("index", value) }
        #expect(throws: Refusal.fieldType) { try read("total", value) }
    }

    @Test("refuses data, id and image_id of a wrong type")
    func wrongTypes() {
        for value in ["3", "null", "true", "[]", "{}"] { #expect(throws: Refusal.fieldType) { try read("data", value) } }
        for value in ["null", "true", "[]", "{}"] { #expect(throws: Refusal.fieldType) { try read("id", value) } }
        for value in ["1.5", "1e3", "false", "[]", "{}"] { #expect(throws: Refusal.fieldType) { try read("image_id", value) } }
    }

    @Test(
        "refuses numbers out of range, however large",
        arguments: [
            "16", "-1", "-1e0", "1e400", "-1e400", "1e99999999999999999999999999", #""16""#, #""-1""#, "18446744073709551616",
            "99999999999999999999999999",
            #""99999999999999999999999999""#, "1000000000000000000000000000000000000000000000e-2",
        ])
    func ranges(_ value: String) {
        #expect(throws: Refusal.indexRange) { try read("index", value) }
        if value != "16" && value != #""16""# { #expect(throws: Refusal.totalRange) { try read("total", value) } }
    }

    @Test("takes a total from 1 to the highest, and an index below it")
    func totals() throws {
        #expect(throws: Refusal.totalRange) { try read("total", "0", index: "0") }
        #expect(try read("total", "1", index: "0").total == 1)
        #expect(throws: Refusal.indexRange) { try read("total", "1", index: "1") }
        #expect(try read("total", "4096").total == 4096)
        #expect(throws: Refusal.totalRange) { try read("total", "4097") }
    }

    @Test("names the first of several faults in a fixed order")
    func order() {
        func refusal(_ text: String, needsID: Bool = false) -> Refusal? {
            do throws(Refusal) {
                _ = try read(text, needsID: needsID)
                return nil
            } catch { return error }
        }
        #expect(refusal(#"{"index": true, "total": 0,}"#) == .json)
        #expect(refusal(#"{"index": true, "total": 0}"#) == .fieldMissing)
        #expect(refusal(#"{"index": 5, "total": 2, "data": ""}"#, needsID: true) == .fieldMissing)
        #expect(refusal(#"{"index": true, "total": 0, "data": "", "image_id": "/"}"#) == .fieldType)
        #expect(refusal(#"{"index": 9, "total": 0, "data": "", "image_id": "/"}"#) == .totalRange)
        #expect(refusal(#"{"index": 9, "total": 9, "data": "", "image_id": "/"}"#) == .indexRange)
        #expect(refusal(#"{"index": 8, "total": 9, "data": "", "image_id": "/"}"#) == .imageID)
        #expect(refusal(#"{"index": 8, "total": 9, "data": ""}"#) == nil)
    }

    @Test("wants each of index, total and data, and the id where the topic names no camera")
    func missing() throws {
        for text in [#"{}"#, #"{"index":0,"total":1}"#, #"{"index":0,"data":"QQ=="}"#, #"{"total":1,"data":"QQ=="}"#] {
            #expect(throws: Refusal.fieldMissing) { try read(text) }
        }
        let bare = #"{"index":0,"total":1,"data":"QQ=="}"#
        #expect(try read(bare).id == nil)
        #expect(throws: Refusal.fieldMissing) { try read(bare, needsID: true) }
    }

    @Test("keeps the last of a member given twice, also where its name is escaped")
    func twice() throws {
        #expect(try read(#"{"index":1,"total":4,"data":"","index":2}"#).index == 2)
        #expect(try read(#"{"index":1,"total":4,"data":"","\u0069nde\u0078":3}"#).index == 3)
        #expect(try read(#"{"index":[],"total":null,"data":1,"index":0,"total":2,"data":""}"#).total == 2)
        #expect(throws: Refusal.fieldType) { try read(#"{"index":0,"total":2,"data":"QQ==","data":null}"#) }
        #expect(try read(#"{"index":0,"total":2,"data":"QQ==","image_id":"a","image_id":null}"#).imageID == nil)
    }

    @Test(
        "is not misled by names that only look alike",
        arguments: ["Index", "inde", "indexx", "index ", #"\u0000index"#, #"index\u0000"#, "ïndex", #"\uD800"#])
    func otherNames(_ name: String) throws {
        #expect(try read(#"{"index":0,"total":2,"data":"QQ==","\#(name)":1}"#).index == 0)
    }

    @Test("takes an image id of its alphabet, or an integer as its text")
    func imageIDs() throws {
        func imageID(_ value: String) throws(Refusal) -> String? {
            let payload = message("image_id", value)
            return try EnvelopeReader.read(payload.span, needsID: false, maxChunks: 4096).imageID(in: payload.span)
        }
        let longest = String(repeating: "x", count: 128)
        for id in ["a", "0", "A-Z_a.z-09", "...", ".a", longest] { #expect(try imageID("\"\(id)\"") == id) }
        #expect(try imageID(#""\u0061\u002d\u0062""#) == "a-b")
        #expect(try imageID("42") == "42")
        #expect(try imageID("-7") == "-7")
        #expect(try imageID("123456789012345678901234567890") == "123456789012345678901234567890")
        #expect(try imageID("null") == nil)
        #expect(try imageID(#""""#) == nil)
        for bad in [
            "\"\(longest)x\"", #"".""#, #""..""#, #""\u002e.""#, #""a b""#, #""a/b""#, #""ä""#, #""\u00e4""#, #""a\n""#, #""\ud800""#,
            #"" ""#,
        ]
            + [String(repeating: "1", count: 129)]
        {
            #expect(throws: Refusal.imageID) { try imageID(bad) }
        }
    }

    @Test("gives the camera's id as it was sent, unescaped")
    func ids() throws {
        func camera(_ value: String) throws(Refusal) -> String {
            let payload = message("id", value)
            return try EnvelopeReader.read(payload.span, needsID: true, maxChunks: 4096).camera(in: payload.span).text
        }
        #expect(try camera(#""cam7""#) == "cam7")
        #expect(try camera("7") == "7")
        #expect(try camera("7.50E+1") == "7.50E+1")
        #expect(try camera(#""caf\u00e9 \ud83d\ude00 \"x\" \/""#) == "café 😀 \"x\" /")
        #expect(try camera(#""ügy""#) == "ügy")
        for bad in [
            #""""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00\ud800""#, #""a\u0007""#, #""a\u0085""#,
            "\"\(String(repeating: "x", count: 129))\"",
        ] {
            #expect(throws: Refusal.cameraUID) { try camera(bad) }
        }
    }

    @Test("does not look at an id that it does not need, beyond its type")
    func unneededID() throws {
        for id in [#""""#, #""\ud800""#, #""a\u0007""#, "-1.5e7"] { #expect(try read("id", id).index == 1) }
    }

    private func read(_ text: String, needsID: Bool = false) throws(Refusal) -> Envelope {
        let payload = Array(text.utf8)
        return try EnvelopeReader.read(payload.span, needsID: needsID, maxChunks: 4096)
    }

    /// Reads a good message but for this member.
    private func read(_ name: String, _ value: String, index: String = "1") throws(Refusal) -> Envelope {
        let payload = message(name, value, index: index)
        return try EnvelopeReader.read(payload.span, needsID: false, maxChunks: 4096)
    }

    private func message(_ name: String, _ value: String, index: String = "1") -> [UInt8] {
        var members = ["index": index, "total": "16", "data": #""QUJD""#]
        members[name] = value
        return Array("{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}".utf8)
    }
}
