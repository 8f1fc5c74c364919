import Testing

@testable import IngestCore

@Suite("A key template")
struct KeyTemplateTextTests {
    @Test(
        "is taken with any of its placeholders",
        arguments: [
            "{camera_uid}/{image_id}-{timestamp}.{ext}", "{yyyy}/{mm}/{dd}/{hh}/{camera_uid}-{image_id}.{ext}", "plain", "a..b/{ext}",
            "{ext}{ext}", "{camera_uid}/{camera_uid}-{image_id}-{timestamp}",
        ])
    func good(template: String) throws {
        #expect(try KeyTemplateText.check(template) == template)
    }

    @Test(
        "is refused otherwise",
        arguments: [
            ("", nil), ("/{image_id}", "write \"{image_id}\""), ("a/../b", nil), ("..", nil), ("./a", nil), ("a//b", nil), ("a/", nil),
            ("{camera}", "did you mean {camera_uid}?"), ("{image_di}", "did you mean {image_id}?"), ("{yyy}", "did you mean {yyyy}?"),
            ("{}", nil), ("a\u{9b}{ext}", nil), ("{image_id", nil), ("image_id}", nil), ("{{image_id}}", nil),
            (String(repeating: "a", count: 257), nil),
            ("{camera_uid}/{camera_uid}/{image_id}-{image_id}", "{camera_uid} takes up to 384 bytes, {image_id} up to 128"),
        ] as [(String, String?)])
    func bad(template: String, hint: String?) {
        let complaint = #expect(throws: Complaint.self) { try KeyTemplateText.check(template) }
        if let hint { #expect(complaint?.hint == hint) }
    }
}
