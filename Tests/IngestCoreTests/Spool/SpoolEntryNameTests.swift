import Testing

@testable import IngestCore

@Suite("A spool entry's name")
struct SpoolEntryNameTests {
    private let moment = Timestamp(rfc3339: "2026-11-22T08:31:05.123Z")!

    private func name(_ uid: String, _ imageID: String, distinguishedBy checksum: String? = nil) throws -> SpoolEntryName {
        SpoolEntryName(
            camera: try #require(CameraUID(uid)), imageID: imageID, recordedAt: moment, distinguishedBy: checksum,
            sha256: { _ in "0123456789abcdef0123456789abcdef" }
        )
    }

    @Test("has moment, encoded uid and image id, in a folder by the hour")
    func form() throws {
        let name = try name("cam 7/ü", "i-1")
        #expect(name.base == "20261122T083105.123Z~cam%207%2F%C3%BC~i-1")
        #expect(name.folder == "2026-11-22/08")
        #expect(name.file("jpg") == "20261122T083105.123Z~cam%207%2F%C3%BC~i-1.jpg")
        #expect(try self.name("cam", "i", distinguishedBy: "9f86d081884c").base == "20261122T083105.123Z~cam~i-9f86d081")
    }

    @Test("is read back from a file's name", arguments: ["cam7", "..", "ü", "a~b", String(repeating: "é", count: 64)])
    func readBack(uid: String) throws {
        let name = try name(uid, "a.b_c-9")
        let (parsed, fileExtension) = try #require(SpoolEntryName.parse(fileName: name.file("webp")[...]))
        #expect(parsed == name && fileExtension == "webp")
        #expect(parsed.recordedAt == moment && parsed.imageID == "a.b_c-9")
    }

    @Test("never passes 200 bytes, and stays different for different uids")
    func long() throws {
        for length in 1...128 {
            for imageLength in [1, 36, 128] {
                for letter in ["a", "%"] {
                    let name = try name(String(repeating: letter, count: length), String(repeating: "i", count: imageLength))
                    #expect(name.file("json").utf8.count <= 200 && name.file("webp").utf8.count <= 200)
                    let encoded = String(repeating: letter == "a" ? "a" : "%25", count: length)
                    if 27 + encoded.utf8.count + imageLength <= 200 {
                        #expect(name.encodedCamera == encoded)
                    } else {
                        #expect(name.encodedCamera.hasSuffix("-0123456789abcdef") && encoded.hasPrefix(name.encodedCamera.dropLast(17)))
                        #expect(name.encodedCamera.dropLast(17).utf8.count % (letter == "a" ? 1 : 3) == 0)
                        #expect(name.file("json").utf8.count > 200 - (letter == "a" ? 1 : 3))
                    }
                    #expect(SpoolEntryName(base: name.base) == name)
                }
            }
        }
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "readme", "a~b~c", "20261122T08~cam7-ab~i",
            "20261122T083105.123Z", "20261122T083105.123Z~cam7", "20261122T083105.123Z~cam7~", "20261122T083105.123Z~~i",
            "20261322T083105.123Z~cam7~i", "20261122T083105.123Z~cam7~i~x", "20261122T083105.123Z~ca m~i", "2026-11-22T08:31:05.123Z~c~i",
            "20261122T083105.123Z~cam7~../i",
        ]
    )
    func others(base: String) {
        #expect(SpoolEntryName(base: base) == nil)
    }

    @Test("sorts by time")
    func order() throws {
        let later = SpoolEntryName(
            camera: try #require(CameraUID("a")), imageID: "a", recordedAt: Timestamp(milliseconds: moment.milliseconds + 1),
            sha256: { _ in "" }
        )
        #expect(try name("z", "z") < later)
    }
}

@Suite("A moment's text")
struct TimestampParsingTests {
    @Test("is read back, in both forms, over centuries")
    func roundTrip() {
        for days in stride(from: -1000, to: 100_000, by: 37) {
            let moment = Timestamp(milliseconds: Int64(days) * 86_400_000 + Int64(days &* 7919 % 86_400_000 + 86_400_000) % 86_400_000)
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
            #expect(Timestamp(compact: moment.compact) == moment)
        }
        #expect(Timestamp(rfc3339: "2026-11-22T08:31:05Z")?.milliseconds == 1_795_336_265_000)
    }

    @Test(
        "that means no moment is refused",
        arguments: [
            "", "2026-11-22", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T08:60:00Z",
            "2026-11-22T08:31:05+01:00", "2026-11-22 08:31:05Z", "2026-00-10T00:00:00Z", "2026-10-00T00:00:00Z", "2026-10-10Thh:mm:ssZ",
            "2026-10-10T00:00:00.fffZ", "2026-10-10T00:00:00.123ZZ", "２026-11-22T08:31:05Z",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
