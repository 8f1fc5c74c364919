import Clients
import Foundation
import IngestCore
import Testing

@testable import Ingest

@Suite("The page for a technician's phone")
struct StatusPageTests {
    private let pages = PageLanguage.allCases.map { StatusPage.text(in: $0) }

    @Test("lets run and style only what stands in it, by checksum, and no text become markup")
    func policy() throws {
        for language in PageLanguage.allCases {
            let policy = try #require(StatusPage.response(in: language).headers.first { $0.name == "Content-Security-Policy" }).value
            for (directive, element) in [("script-src", "script"), ("style-src", "style")] {
                let text = try #require(content(of: element, in: StatusPage.text(in: language)))
                let sum = Data(try SHA256.digest(of: Array(text.utf8).span)).base64EncodedString()
                #expect(policy.contains("\(directive) 'sha256-\(sum)'"))
            }
            for part in [
                "default-src 'none'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
                "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
            ] {
                #expect(policy.contains(part), "\(part)")
            }
            #expect(!policy.contains("unsafe"))
        }
    }

    @Test("has one script and one style, no handlers and styles in its elements, and loads nothing from elsewhere")
    func selfContained() {
        for page in pages {
            #expect(page.components(separatedBy: "<script>").count == 2 && page.components(separatedBy: "<style").count == 2)
            let links = page.replacing("http://www.w3.org/2000/svg", with: "")
            #expect(!links.contains("http://") && !links.contains("https://") && !links.contains("src=\"//"))
            #expect(page.range(of: #"<[^>]+\son[a-z]+\s*="#, options: .regularExpression) == nil)
            #expect(page.range(of: #"<[^>]+\sstyle\s*="#, options: .regularExpression) == nil)
        }
    }

    @Test("puts names in as text alone")
    func escaping() {
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "srcdoc", "setHTML"] {
            #expect(!StatusPage.code.contains(way), "\(way)")
        }
        #expect(StatusPage.code.contains("encodeURIComponent(camera.uid)") && StatusPage.code.contains("encodeURIComponent(it.uid)"))
    }

    @Test("says everything in both languages, and nothing that would be markup")
    func words() {
        let (english, thai) = (PageWords(.en).entries, PageWords(.th).entries)
        #expect(english.map(\.name) == thai.map(\.name) && english.count > 50 && Set(english.map(\.name)).count == english.count)
        func blanks(_ text: String) -> Set<String> { Set(text.matches(of: /\{(\w)\}/).map { String($0.1) }) }
        for (one, other) in zip(english, thai) {
            #expect(blanks(one.text) == blanks(other.text), "\(one.name)")
            #expect(!one.text.contains { "<>&\"".contains($0) } && !other.text.contains { "<>&\"".contains($0) })
            #expect(one.text != other.text || one.name == "redis", "\(one.name)")
        }
        let known = Set(english.map(\.name))
        let used = Set(StatusPage.body.matches(of: /{{(\w+)}}/).map { String($0.1) })
            .union(StatusPage.code.matches(of: /say\("(\w+)"/).map { String($0.1) })
            .union(StatusPage.code.matches(of: /words\.(\w+)/).map { String($0.1) })
        #expect(used.subtracting(known).isEmpty)
        // What is used by another way: the names of checks.
        #expect(known.subtracting(used) == ["mqtt", "minio", "postgres", "redis", "spool", "clock"])
        for page in pages { #expect(!page.contains("{{")) }
    }

    @Test("names its language to browsers, caches and readers")
    func language() {
        for language in PageLanguage.allCases {
            let headers = StatusPage.response(in: language).headers
            #expect(headers.contains { $0.name == "Content-Language" && $0.value == language.rawValue })
            #expect(headers.contains { $0.name == "Vary" && $0.value == "Accept-Language" })
            #expect(StatusPage.text(in: language).hasPrefix("<!doctype html>\n<html lang=\"\(language.rawValue)\">"))
        }
        #expect(pages[0].contains("href=\"/?lang=th\" lang=\"th\"") && pages[1].contains("href=\"/?lang=en\" lang=\"en\""))
    }

    @Test("is read aloud: a title, landmarks, headings, labels and what changes")
    func accessible() {
        for page in pages {
            for part in [
                "<title>", "<header>", "<main>", "<footer", "<h1>", "role=\"status\"", "aria-live=\"polite\"", "aria-labelledby",
                "role=\"meter\" aria-label=\"", "role=\"img\" aria-label=\"", "name=\"viewport\"", "prefers-color-scheme", ":focus-visible",
            ] {
                #expect(page.contains(part), "\(part)")
            }
        }
        #expect(StatusPage.code.contains("next.alt =") && StatusPage.code.contains("\"aria-valuenow\""))
    }

    private func content(of element: String, in page: String) -> String? {
        guard let from = page.range(of: "<\(element)>"), let to = page.range(of: "</\(element)>", range: from.upperBound..<page.endIndex)
        else { return nil }
        return String(page[from.upperBound..<to.lowerBound])
    }
}
