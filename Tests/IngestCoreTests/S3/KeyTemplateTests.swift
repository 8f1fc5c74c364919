import Testing

@testable import IngestCore

@Suite("A key template")
struct KeyTemplateTests {
    private let picture = Picture(
        camera: CameraUID("cam 7/é")!, imageID: "a.b-1", imageIDSource: .camera, topic: "t",
        recordedAt: Timestamp(milliseconds: 1_767_139_385_999), size: 1, chunks: 3,
        sha256: "0123456789abcdef" + String(repeating: "0", count: 48),
        contentType: .jpeg, bucket: "b", key: "")

    @Test("renders the default, the uid encoded and the seconds rounded down")
    func usual() throws {
        let template = try KeyTemplate(Configuration.S3().key)
        #expect(template.key(for: picture) == "cam%207%2F%C3%A9/a.b-1-1767139385.jpg")
        #expect(template.distinctKey(for: picture) == "cam%207%2F%C3%A9/a.b-1-1767139385-01234567.jpg")
    }

    @Test("renders the date in UTC")
    func date() throws {
        #expect(try KeyTemplate("x/{yyyy}/{mm}/{dd}/{hh}/{image_id}.{ext}").key(for: picture) == "x/2025/12/31/00/a.b-1.jpg")
    }

    @Test(
        "puts the checksum before the extension, or at the end where the template has none",
        arguments: [
            ("{image_id}.{ext}", "a.b-1-01234567.jpg"),
            ("{image_id}.thermo.{ext}", "a.b-1.thermo-01234567.jpg"),
            ("{image_id}", "a.b-1-01234567"),
            ("{image_id}{ext}", "a.b-1-01234567jpg"),
            ("{image_id}.jpeg", "a.b-1-01234567.jpeg"),
            ("v1.0/{image_id}", "v1.0/a.b-1-01234567"),
            ("{ext}/{image_id}", "jpg/a.b-1-01234567"),
            ("{ext}/v.1/{image_id}.{ext}", "jpg/v.1/a.b-1-01234567.jpg"),
            ("{image_id}.{ext}.{hh}", "a.b-1.jpg-01234567.00"),
        ])
    func distinct(template: String, key: String) throws {
        #expect(try KeyTemplate(template).distinctKey(for: picture) == key)
    }

    @Test(
        "refuses what makes no key, and says why",
        arguments: [
            ("", KeyTemplate.Mistake.empty), ("{image}", .unknown("image")), ("{}", .unknown("")), ("{IMAGE_ID}", .unknown("IMAGE_ID")),
            ("{image_id", .unbalanced), ("image_id}", .unbalanced), ("{a{b}}", .unbalanced), ("/{image_id}", .path), ("{image_id}/", .path),
            ("a//{image_id}", .path), ("../{image_id}", .path), ("a/./{image_id}", .path), ("a\n{image_id}", .path),
        ])
    func mistakes(template: String, mistake: KeyTemplate.Mistake) {
        #expect(throws: mistake) { try KeyTemplate(template) }
    }

    @Test("has headers with it that rebuild the table")
    func headers() {
        let headers = Dictionary(uniqueKeysWithValues: picture.objectHeaders(gateway: "gateway 1").map { ($0.name, $0.value) })
        #expect(
            headers == [
                "content-type": "image/jpeg", "x-amz-meta-camera-uid": "cam%207%2F%C3%A9", "x-amz-meta-image-id": "a.b-1",
                "x-amz-meta-recorded-at": "2025-12-31T00:03:05.999Z", "x-amz-meta-chunks": "3",
                "x-amz-meta-sha256": picture.sha256, "x-amz-meta-image-id-source": picture.imageIDSource.rawValue,
                "x-amz-meta-gateway": "gateway%201", "x-amz-meta-source-topic": PercentEncoding.encode(picture.topic.utf8),
            ])
    }
}
