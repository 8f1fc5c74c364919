import Foundation
import Testing

@testable import IngestCore

@Suite("A JSON scanner")
struct JSONScannerTests {
    @Test(
        "takes all that RFC 8259 calls JSON",
        arguments: [
            "{}", " \t\r\n{ } \n", #"{"a":1}"#, #"{ "a" : 1 , "b" : [ ] , "" : { } }"#, #"{"a":[1,[2,{"b":[]}],{}]}"#, #"{"a":-0}"#,
            #"{"a":-0.0e-0}"#,
            #"{"a":1E+2}"#, #"{"a":true,"b":false,"c":null}"#, #"{"a":"\"\\\/\b\f\n\r\t\u0000\uFFFF"}"#, #"{"a":"\ud83d\ude00"}"#,
            #"{"a":"\ud800"}"#,
            #"{"a":"\udc00\ud800"}"#, "{\"a\":\"\u{7f}é€😀\u{10ffff}\"}", #"{"a":1,"a":2}"#, #"{"😀":{"é":"ü"}}"#,
        ])
    func valid(_ text: String) {
        #expect(accepts(Array(text.utf8)))
    }

    @Test(
        "refuses all that RFC 8259 does not",
        arguments: [
            "", " ", "{", "}", "[]", "null", "1", #""a""#, "{}{}", "{} x", "{}\0", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#,
            #"{'a':1}"#, #"{"a":1 "b":2}"#,
            #"{"a":[1,]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#, #"{"a":[1}"#, #"{"a":{"b":1]}"#, #"{"a":[{]}}"#, #"{"a":[1]]}"#, #"{1:2}"#,
            #"{"a":01}"#, #"{"a":+1}"#, #"{"a":1.}"#,
            #"{"a":.5}"#, #"{"a":-}"#, #"{"a":1e}"#, #"{"a":1e+}"#, #"{"a":0x1}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":tru}"#,
            #"{"a":True}"#, #"{"a":nulll}"#,
            #"{"a":"\x41"}"#, #"{"a":"\u12g4"}"#, #"{"a":"\u123"}"#, #"{"a":"\"#, #"{"a":"\""#, #"{"a":"b"#, "{\"a\":\"\n\"}",
            "{\"a\":\"\t\"}", "{\"a\":\"\0\"}", "{\"a\":\"\u{1f}\"}",
            #"{"a":1/*x*/}"#, "\u{feff}{}", "{\u{a0}}", "{\u{c}}", #"{"a":1;}"#, #"{"a":-"1"}"#,
        ])
    func invalid(_ text: String) {
        #expect(!accepts(Array(text.utf8)))
    }

    @Test(
        "refuses strings that are not UTF-8",
        arguments: [
            [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xe2, 0x82],
            [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80],
            [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80],
            [0xf5, 0x80, 0x80, 0x80], [0xfe], [0xff],
        ] as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) {
        for padding in [0, 3, 20, 70, 200] {
            let filler = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
            #expect(!accepts(Array(#"{"a":""#.utf8) + filler + bytes + filler + Array(#""}"#.utf8)))
            #expect(!accepts(Array(#"{""#.utf8) + filler + bytes + Array(#"":1}"#.utf8)))
            #expect(!accepts(Array(#"{"a":""#.utf8) + filler + bytes))
        }
    }

    @Test("finds what is wrong in a long string at any place")
    func longStrings() {
        for length in [1, 15, 16, 17, 63, 64, 65, 79, 80, 81, 143, 144, 145, 300] {
            for place in 0..<length {
                for (bad, isGood) in [
                    (0x1f, false), (0x00, false), (0x80, false), (0x7f, true), (0x20, true), (0x23, true), (0x21, true), (0x5b, true),
                    (0x5d, true),
                ] {
                    var string = [UInt8](repeating: UInt8(ascii: "Q"), count: length)
                    string[place] = UInt8(bad)
                    #expect(accepts(Array(#"{"a":""#.utf8) + string + Array(#""}"#.utf8)) == isGood, "\(bad) at \(place) of \(length)")
                }
            }
        }
    }

    @Test("takes members nested 64 deep and no deeper")
    func nesting() {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array("{\"a\":\(String(repeating: open, count: depth))1\(String(repeating: close, count: depth))}".utf8)
        }
        for (open, close) in [("[", "]"), (#"{"b":"#, "}")] {
            #expect(accepts(nested(64, open, close)))
            #expect(!accepts(nested(65, open, close)))
            #expect(!accepts(nested(500_000, open, close)))
        }
        #expect(accepts(nested(32, #"[{"b":"#, "}]")))
        #expect(!accepts(Array(nested(32, #"[{"b":"#, "}]").dropLast(2)) + Array("}}".utf8)))
        #expect(!accepts(Array(#"{"a":"#.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)))
    }

    @Test("agrees with Foundation about mutated messages", arguments: 0..<40 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = WireRandom(seed: seed)
        let seeds = [
            #"{"id":"cam7","index":3,"total":16,"image_id":"a-b","data":"QUJD\/\u003d\n==","x":[1,-2.5e+3,{"y":[true,false,null]}]}"#,
            #"{"é":"😀 \ud83d\ude00","a":{"b":{"c":[[],{},"",0,0.0]}},"data":"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWg=="}"#,
        ]
        let likely = Array("{}[],:\"\\/u0123456789eE+-.tfn \n\u{1}é".utf8)
        for round in 0..<250 {
            var bytes = Array(seeds.randomElement(using: &random)!.utf8)
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = likely.randomElement(using: &random)!
                case 1: bytes.insert(likely.randomElement(using: &random)!, at: place)
                case 2: bytes.remove(at: place)
                default: bytes.swapAt(place, random.below(bytes.count))
                }
            }
            guard !isBeyondFoundation(bytes) else { continue }
            let expected = ((try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]) != nil
            #expect(accepts(bytes) == expected, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("takes or refuses any bytes at all", arguments: 0..<20 as Range<UInt64>)
    func anyBytes(seed: UInt64) {
        var random = WireRandom(seed: 500 + seed)
        let likely = Array(#"{}[],:""\\u0dD8 1-.e"id":"index":"total":"data":"image_id""#.utf8)
        for _ in 0..<1000 {
            let wild = random.chance(0.3)
            let bytes = (0..<random.below(100)).map { _ in wild ? UInt8(random.below(256)) : likely.randomElement(using: &random)! }
            for payload in [bytes, Array(#"{"a":"#.utf8) + bytes, Array(#"{"index":"#.utf8) + bytes + [UInt8(ascii: "}")]] {
                guard let envelope = try? EnvelopeReader.read(payload.span, needsID: false, maxChunks: 100) else { continue }
                _ = try? envelope.camera(in: payload.span)
                _ = envelope.imageID(in: payload.span)
            }
        }
    }

    /// Where Foundation is known to differ from the RFC: it refuses lone surrogates and huge exponents, and decodes UTF-16 and a
    /// byte order mark.
    private func isBeyondFoundation(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self).replacing(#"\\"#, with: "")
        let unpaired = text.replacing(/\\u[dD][89abAB]..\\u[dD][c-fC-F]/, with: "")
        return text.contains(/[eE][+\-]?[0-9]{3}/) || unpaired.contains(/\\u[dD][89a-fA-F]/) || bytes.contains(0)
    }

    /// Whether the reader takes the text as an object; what is in it is not asked.
    private func accepts(_ bytes: [UInt8]) -> Bool {
        do throws(Refusal) {
            _ = try EnvelopeReader.read(bytes.span, needsID: false, maxChunks: 1)
            return true
        } catch {
            return error != .json
        }
    }
}
