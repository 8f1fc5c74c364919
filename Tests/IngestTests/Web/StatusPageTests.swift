import Clients
import Foundation
import Testing

@testable import Ingest

@Suite("The page for a technician's phone")
struct StatusPageTests {
    private let page = StatusPage.text

    @Test("lets run and style only what stands in it, by checksum")
    func policy() throws {
        let policy = try #require(StatusPage.response.headers.first { $0.name == "Content-Security-Policy" }).value
        for (directive, element) in [("script-src", "script"), ("style-src", "style")] {
            let text = try #require(content(of: element))
            let sum = Data(try SHA256.digest(of: Array(text.utf8).span)).base64EncodedString()
            #expect(policy.contains("\(directive) 'sha256-\(sum)'"))
        }
        for part in [
            "default-src 'none'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ] {
            #expect(policy.contains(part), "\(part)")
        }
        #expect(!policy.contains("unsafe"))
    }

    @Test("has one script and one style, no handlers and styles in its elements, and loads nothing from elsewhere")
    func selfContained() {
        #expect(page.components(separatedBy: "<script").count == 2 && page.components(separatedBy: "<style").count == 2)
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("src=\"//"))
        #expect(page.range(of: #"<[^>]+\son[a-z]+\s*="#, options: .regularExpression) == nil)
        #expect(page.range(of: #"<[^>]+\sstyle\s*="#, options: .regularExpression) == nil)
    }

    @Test("puts names in as text alone")
    func escaping() {
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "srcdoc", "setHTML"] {
            #expect(!page.contains(way), "\(way)")
        }
        #expect(page.contains(#"encodeURIComponent(camera.uid)"#))
    }

    @Test("says everything in both languages")
    func languages() throws {
        let words = StatusPage.words
        let halves = words.components(separatedBy: "\n  th: {")
        try #require(halves.count == 2)
        func names(_ text: String) -> Set<String> {
            Set(text.matches(of: /(?:[{,]\s*|\n\s+)([a-zA-Z]+): "/).map { String($0.1) })
        }
        #expect(names(halves[0]) == names(halves[1]) && names(halves[0]).count > 30)
        let used = Set((page + StatusPage.code).matches(of: /data-t="([a-zA-Z]+)"/).map { String($0.1) })
            .union(StatusPage.code.matches(of: /say\("([a-zA-Z]+)"/).map { String($0.1) })
        #expect(used.subtracting(names(halves[0])).isEmpty)
    }

    @Test("is read aloud: a language, a title, headings, labels and what changes")
    func accessible() {
        for part in [
            "<html lang=\"en\">", "<title>", "<h1>", "role=\"status\"", "aria-live", "aria-labelledby", "name=\"viewport\"",
            "prefers-color-scheme", ":focus-visible",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        #expect(page.contains("it.image.alt =") && page.contains("setAttribute(\"aria-label\""))
    }

    private func content(of element: String) -> String? {
        guard let from = page.range(of: "<\(element)>"), let to = page.range(of: "</\(element)>") else { return nil }
        return String(page[from.upperBound..<to.lowerBound])
    }
}
