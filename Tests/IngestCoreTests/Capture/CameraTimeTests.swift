import IngestCore
import Testing

@Suite("A camera's own time")
struct CameraTimeTests {
    @Test(
        "is seconds, milliseconds or RFC 3339, as a number or a text",
        arguments: [
            ("1795336265", "2026-11-22T08:31:05.000Z"), ("1795336265.123", "2026-11-22T08:31:05.123Z"),
            ("1795336265123", "2026-11-22T08:31:05.123Z"), ("\"1795336265\"", "2026-11-22T08:31:05.000Z"),
            ("\"1795336265123\"", "2026-11-22T08:31:05.123Z"), ("1.795336265e9", "2026-11-22T08:31:05.000Z"),
            ("946684800", "2000-01-01T00:00:00.000Z"), ("4102444799.999", "2099-12-31T23:59:59.999Z"),
            ("946684800000", "2000-01-01T00:00:00.000Z"), ("\"2026-11-22T08:31:05Z\"", "2026-11-22T08:31:05.000Z"),
            ("\"2026-11-22T15:31:05.1234567+07:00\"", "2026-11-22T08:31:05.123Z"),
            ("\"2026-11-22 03:01:05.5-05:30\"", "2026-11-22T08:31:05.500Z"), ("\"2026-11-22t08:31:05.1z\"", "2026-11-22T08:31:05.100Z"),
            ("\"2016-12-31T23:59:60Z\"", "2017-01-01T00:00:00.000Z"),
        ])
    func good(_ value: String, _ moment: String) { #expect(CameraTime.moment(Array(value.utf8))?.rfc3339 == moment, "\(value)") }

    @Test(
        "is none where it names no moment between 2000 and 2100",
        arguments: [
            "true", "false", "{}", "[1]", "1e400", "-1e400", "-1795336265", "0", "253402300799", "946684799.999", "4102444800", "1e30",
            "\"9999-01-01T00:00:00Z\"", "\"1970-01-01T00:00:00Z\"", "\"\"", "\"now\"", "\"nan\"", "\"inf\"", "\"0x10\"", "\"12:30\"",
            "\"2026-11-22T08:31:05\"", "\"2026-11-22\"", "\"2026-02-30T08:31:05Z\"", "\"2026-11-22T08:31:05.Z\"",
            "\"2026-11-22T08:31:05+7:00\"",
            "\"2026-11-22T08:31:05+07:60\"", "\"2026-11-22T08:31:05Zx\"", "\"1795336265 \"", "\"\\u0031\"", "\"", "", "null",
        ])
    func bad(_ value: String) { #expect(CameraTime.moment(Array(value.utf8)) == nil, "\(value)") }
}

@Suite("What is noted of a capture")
struct CaptureNotesTests {
    private func notes(_ chunks: [(index: Int, json: String)], _ names: [String] = ["at", "temperature"]) throws -> CaptureNotes {
        var notes: CaptureNotes?
        for (index, json) in chunks {
            var members = PayloadMembers(names)
            let payload = Array(json.utf8)
            try EnvelopeReader.pick(&members, from: payload.span)
            if notes == nil { notes = CaptureNotes(firstChunkAt: Timestamp(milliseconds: 1000)) }
            _ = notes?.add(members, of: index, in: payload.span)
        }
        return notes!
    }

    @Test("is each member of the lowest chunk that has it, in whatever order they come")
    func lowest() throws {
        let rising = try notes([(0, #"{"x":1}"#), (1, #"{"temperature":36.50}"#), (2, #"{"at":1795336265,"temperature":37}"#)])
        #expect(rising.camera(["temperature"]) == #"{"temperature":36.50}"#)
        #expect(rising.capturedAt("at") == Timestamp(milliseconds: 1_795_336_265_000))
        let falling = try notes([(2, #"{"at":1795336265,"temperature":37}"#), (1, #"{"temperature":36.50}"#), (0, #"{"x":1}"#)])
        #expect(falling.camera(["temperature"]) == #"{"temperature":36.50}"# && falling.capturedAt("at") == rising.capturedAt("at"))
        let replaced = try notes([(1, #"{"temperature":1}"#), (1, #"{"temperature":2}"#)])
        #expect(replaced.camera(["temperature"]) == #"{"temperature":2}"#, "the chunk that took another one's place")
        #expect(try notes([(1, #"{"temperature":1}"#), (1, "{}")]).camera(["temperature"]) == nil)
        #expect(try notes([(0, #"{"temperature":1,"temperature":2}"#)]).camera(["temperature"]) == #"{"temperature":2}"#, "the last counts")
    }

    @Test("is a scalar as it came, of at most 256 bytes; anything else is left out")
    func scalars() throws {
        let long = String(repeating: "x", count: 256)
        for (value, kept) in [
            ("1", "1"), ("-0.10", "-0.10"), ("1e400", "1e400"), ("true", "true"), (#""a\u00e9\n""#, #""a\u00e9\n""#),
            ("\"\(long)\"", "\"\(long)\""),
            ("\"\(long)x\"", nil), ("null", nil), ("{}", nil), ("[1]", nil), (#""\u0000""#, nil), (#""\ud800""#, nil), ("1e99999", nil),
            ("\"" + String(repeating: "y", count: 10_000) + "\"", nil),
        ] as [(String, String?)] {
            let found = try notes([(0, "{\"temperature\":\(value)}")])
            #expect(found.camera(["temperature"]) == kept.map { "{\"temperature\":\($0)}" }, "\(value.prefix(20))")
        }
        let both = try notes([(0, #"{"a\"b":1,"temperature":2}"#)], ["temperature", "a\"b"])
        #expect(both.camera(["a\"b", "temperature"]) == #"{"a\"b":1,"temperature":2}"#, "in the order of the configuration")
    }

    @Test("tells a time that is none from one that was not given")
    func times() throws {
        #expect(try notes([(0, "{}")]).capturedAt("at") == nil)
        #expect(try notes([(0, #"{"at":null}"#)]).capturedAt("at") == nil)
        for bad in ["true", "{}", "1e400", "-5", "\"9999-01-01T00:00:00Z\""] {
            #expect(try notes([(0, "{\"at\":\(bad)}")]).capturedAt("at") == .some(nil), "\(bad)")
        }
    }

    @Test("comes back from its text, in the journal and in Redis, with whatever is in it")
    func text() throws {
        let noted = try notes([(3, #"{"at":"2026-11-22T08:31:05Z","temperature":"é;: %"}"#)])
        #expect(CaptureNotes(noted.text) == noted && !noted.text.contains(" "))
        for bad in ["", "f", "fx", "f1;2", "f1;x:y:z", "f1;2:%:1", "f99999999999999999999"] { #expect(CaptureNotes(bad) == nil, "\(bad)") }
        var merged = noted
        merged.merge(try notes([(1, #"{"temperature":5}"#)]))
        #expect(merged.camera(["temperature"]) == #"{"temperature":5}"# && merged.capturedAt("at") == noted.capturedAt("at"))

        var picture = PictureNotes()
        picture.firstChunkAt = Timestamp(milliseconds: 5)
        picture.clock = .unsynchronised
        picture.capturedAt = Timestamp(milliseconds: -7)
        picture.intact = false
        picture.completed = .init(boot: "0123-ab", milliseconds: 77)
        picture.correctedAt = Timestamp(milliseconds: 1_795_336_265_123)
        picture.camera = #"{"temperature":"é;: %"}"#
        #expect(PictureNotes(picture.text) == picture && !picture.text.contains(" "))
        #expect(PictureNotes("") == PictureNotes() && PictureNotes("zz;f;c;b1;i9").intact == false)
    }
}

@Suite("The time of a machine without a clock")
struct ClockAnchorsTests {
    private func picture(at recorded: Int64, boot: String = "b1", since: Int64, clock: PictureNotes.Clock = .unsynchronised) -> Picture {
        var picture = Picture(
            camera: CameraUID("c")!, imageID: "x", imageIDSource: .gateway, topic: "t", recordedAt: Timestamp(milliseconds: recorded),
            size: 1,
            chunks: 1, sha256: "", contentType: .jpeg, bucket: "b", key: "k")
        picture.notes.clock = clock
        picture.notes.completed = .init(boot: boot, milliseconds: since)
        return picture
    }

    private func anchor(_ source: ClockAnchors.Source, boot: String = "b1", at since: Int64, is wall: Int64) -> ClockAnchors.Anchor {
        .init(moment: .init(boot: boot, milliseconds: since), wall: Timestamp(milliseconds: wall), source: source)
    }

    @Test("follows from one trusted moment of the same run, before it and after it")
    func heals() {
        var anchors = ClockAnchors()
        #expect(anchors.healed(picture(at: 60_000, since: 5000)).notes.correctedAt == nil)
        let noted = anchors.note(anchor(.kernel, at: 100_000, is: 1_795_336_265_000))
        #expect(noted)
        #expect(anchors.healed(picture(at: 60_000, since: 40_000)).notes.correctedAt == Timestamp(milliseconds: 1_795_336_205_000))
        #expect(anchors.healed(picture(at: 60_000, since: 130_000)).notes.correctedAt == Timestamp(milliseconds: 1_795_336_295_000))
        #expect(anchors.healed(picture(at: 60_000, boot: "b2", since: 40_000)).notes.correctedAt == nil)
        #expect(anchors.healed(picture(at: 60_000, since: 40_000, clock: .synchronised)).notes.correctedAt == nil)
        #expect(ClockAnchors(anchors.text) == anchors)
    }

    @Test("is the kernel's rather than a store's, and a store's only where that disagrees")
    func sources() {
        var anchors = ClockAnchors()
        _ = anchors.note(anchor(.store, at: 100_000, is: 1_795_336_265_000))
        #expect(anchors.healed(picture(at: 1_795_336_264_000, since: 100_000)).notes.correctedAt == nil, "no more than a second")
        #expect(anchors.healed(picture(at: 1_795_336_000_000, since: 100_000)).notes.correctedAt != nil)
        let again = anchors.note(anchor(.store, at: 200_000, is: 1_795_336_999_000))
        let better = anchors.note(anchor(.kernel, at: 300_000, is: 1_795_336_465_500))
        let late = anchors.note(anchor(.store, at: 400_000, is: 1))
        #expect(!again && better && !late)
        #expect(
            anchors.healed(picture(at: 1_795_336_264_000, since: 100_000)).notes.correctedAt == Timestamp(milliseconds: 1_795_336_265_500))
    }

    @Test("is remembered of many runs, but not of all, and read back from whatever stands in the file")
    func bounds() {
        var anchors = ClockAnchors()
        for run in 0..<1000 { _ = anchors.note(anchor(.kernel, boot: "b\(run)", at: 1, is: 2)) }
        #expect(anchors.anchors.count == 64 && anchors.anchors.last?.moment.boot == "b999")
        #expect(ClockAnchors("x\nb1 1 2 moon\nb1 -1 2 kernel\nb1 1 99999999999999999 store\nb1 7 8 store\n").anchors.count == 1)
    }
}
