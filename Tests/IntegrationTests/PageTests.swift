import Foundation
import TestServices
import Testing

@Suite("The page in a browser", .serialized)
struct PageTests {
    /// What stands on each card: the camera's name, and the size and bytes of the picture that is shown.
    private struct Card: Decodable {
        let name, facts, age: String
        let width: Int
        let shown: Bool
    }

    private func cards(_ browser: Browser) throws -> [Card] {
        let text = try browser.evaluate(
            """
            JSON.stringify([...document.querySelectorAll("#list li")].map(card => ({
              name: card.querySelector("h3").textContent, facts: card.querySelector(".facts").innerText,
              age: card.querySelector(".view span:last-child").textContent,
              width: card.querySelector("img").naturalWidth, shown: card.querySelector("img").checkVisibility() })))
            """)
        return try JSONDecoder().decode([Card].self, from: Data((text as? String ?? "[]").utf8))
    }

    /// The SHA-256 of the picture that stands on a camera's card.
    private func picture(of camera: String, in browser: Browser) throws -> String? {
        try browser.evaluate(
            """
            (async () => {
              const card = [...document.querySelectorAll("#list li")].find(card => card.querySelector("h3").textContent === \(Browser.quoted(camera)));
              const bytes = await (await fetch(card.querySelector("img").src)).arrayBuffer();
              const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
              return [...sum].map(byte => byte.toString(16).padStart(2, "0")).join("");
            })()
            """) as? String
    }

    @Test("shows each camera's newest picture and true numbers, live, while cameras publish")
    func live() throws {
        let site = try Site()
        let cameras = try SimulatedCameras(
            at: site,
            ["--cameras", "3", "--images", "16", "--size", "8KB", "--chunk-size", "2KB", "--interval", "500ms", "--encoding", "text"])
        let browser = try Browser(at: site)
        try eventually("three cards with pictures", within: 60) {
            let cards = try cards(browser)
            return cards.count == 3 && cards.allSatisfy { $0.width >= 160 && $0.shown && !$0.age.isEmpty }
        }
        let early = try #require(try stored(browser))
        try eventually("the numbers to rise by themselves", within: 60) { try stored(browser).map { $0 > early } == true }
        try eventually("rates", within: 60) { try browser.text("#pictures").flatMap { Double($0) }.map { $0 > 20 } == true }

        let newest = try cameras.newest(of: 48)
        try site.waitForRows(48)
        try eventually("all of them on the page", within: 60) {
            try stored(browser) == 48 && cards(browser).allSatisfy { $0.facts.contains("16 pictures") && !$0.facts.contains("on its way") }
        }
        #expect(try cards(browser).map(\.name) == newest.keys.sorted())
        for (camera, sum) in newest {
            var shown: String?
            do {
                try eventually("the last picture of \(camera)", within: 60) {
                    shown = try picture(of: camera, in: browser)
                    return shown == sum
                }
            } catch { throw ServiceError("\(error): it is \(shown ?? "none") in place of \(sum); \(browser.complaints)") }
        }
        #expect(try browser.text("#overall") == "✓ All is well" && browser.text("#waits") == "No picture waits")
        #expect(try browser.evaluate("document.querySelectorAll('#checks li').length") as? Int == 5)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    private func stored(_ browser: Browser) throws -> Int? {
        try browser.text("#since")?.firstMatch(of: /(\d+) pictures? stored/).flatMap { Int($0.1) }
    }

    @Test("shows a capture that is coming in, chunk by chunk, with what is missing")
    func capture() throws {
        let site = try Site()
        let picture = TestPicture.viewable("kiln", imageID: "shot-7")
        let last = picture.messages.count - 1
        for chunk in 0..<last where chunk != 3 { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        let browser = try Browser(at: site)
        try eventually("the open capture", within: 60) {
            try browser.text("#list li")?.contains("\(last - 1) of \(last + 1) chunks") == true
        }
        let card = try #require(try browser.text("#list li"))
        #expect(card.contains("shot-7") && card.contains("missing: 3, \(last)") && card.contains("No picture yet"), "\(card)")
        let bar = "document.querySelector('#list [role=progressbar]')"
        #expect(try browser.evaluate("\(bar).getAttribute('aria-valuenow')") as? String == "\(last - 1)")
        #expect(try browser.evaluate("\(bar).querySelector('.came').getAttribute('d').split('M').length") as? Int == 3)
        for chunk in [3, last] { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        try eventually("the picture", within: 60) { try cards(browser).first.map { $0.width > 0 && !$0.facts.contains("chunks") } == true }
        #expect(try self.picture(of: "kiln", in: browser) == picture.sha256)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test("takes a camera's name for text, whatever it is, and its policy holds")
    func hostile() throws {
        let site = try Site()
        let names = [
            "<img src=x onerror=alert(1)>", #""'><svg onload=alert(2)>"#, "{l}%00&lt;b&gt;$&", "ห้องหม้อแปลง \u{202e}gpj.1",
            "javascript:alert(3)",
        ]
        for (moment, name) in names.enumerated() { try site.cameras().publish(TestPicture.viewable(name, moment: moment)) }
        try site.waitForRows(names.count)
        for language in ["en", "th"] {
            let browser = try Browser(at: site, "/?lang=" + language)
            try eventually("their pictures", within: 60) {
                let cards = try cards(browser)
                return Set(cards.map(\.name)) == Set(names) && cards.allSatisfy { $0.width > 0 && $0.shown }
            }
            // Nothing of a name became an element, nothing ran, and nothing broke the policy.
            #expect(try browser.evaluate("document.querySelectorAll('#list h3 *, #list svg[onload], [onerror]').length") as? Int == 0)
            #expect(try browser.evaluate("document.querySelectorAll('#list img').length") as? Int == names.count)
            #expect(browser.complaints.isEmpty, "\(browser.complaints)")
            // That these would have been noticed: what a hole would let in is stopped, and told.
            _ = try? browser.evaluate("document.body.setAttribute('onclick', 'alert(4)'); document.body.click()")
            _ = try? browser.evaluate("new Image().src = 'http://127.0.0.1:1/x'")
            _ = try? browser.evaluate("document.body.innerHTML = '<img src=x onerror=alert(5)>'")
            for kind in ["TrustedScript", "TrustedHTML", "Content Security Policy"] {
                #expect(browser.complaints.contains { $0.contains(kind) }, "\(kind): \(browser.complaints)")
            }
            #expect(!browser.complaints.contains { $0.contains("dialog") }, "\(browser.complaints)")
        }
    }

    @Test("says what fails and how many pictures wait, and that the gateway is gone")
    func outage() throws {
        let store = try OwnStore()
        let site = try Site { $0.store = store.server }
        try site.cameras().publish(TestPicture.viewable("cam1", moment: 0))
        try site.waitForRows(1)
        let browser = try Browser(at: site)
        try eventually("good news", within: 60) { try browser.text("#overall") == "✓ All is well" }
        store.kill()
        let waiting = TestPicture.viewable("cam1", moment: 1)
        try site.cameras().publish(waiting)
        try eventually("what fails", within: 60) {
            try browser.text("#overall") == "✗ Needs attention: Object store" && browser.text("#waits") == "1 picture waits"
        }
        #expect(try browser.text("#checks .failed")?.contains("Object store") == true && browser.text("#oldest")?.contains("ago") == true)
        try eventually("the spooled picture", within: 60) { try picture(of: "cam1", in: browser) == waiting.sha256 }
        #expect(try cards(browser).first?.facts.contains("waits on disk") == true)
        try store.start()
        try eventually("good news again", within: 40) {
            try browser.text("#overall") == "✓ All is well" && browser.text("#waits") == "No picture waits"
        }
        site.gateway.kill()
        try eventually("silence", within: 60) {
            try browser.text("#overall") == "✗ The gateway does not answer." && browser.text("#last")?.hasPrefix("It last answered") == true
        }
    }

    @Test("speaks the browser's language, and keeps the one that was chosen")
    func languages() throws {
        let site = try Site()
        let browser = try Browser(at: site, languages: "th-TH,th;q=0.9,en;q=0.8")
        #expect(try browser.evaluate("document.documentElement.lang") as? String == "th")
        try eventually("Thai", within: 60) { try browser.text("#overall") == "✓ ทุกอย่างทำงานปกติ" }
        #expect(try browser.text("#h-connections") == "การเชื่อมต่อ")
        // Answered before it leads to another page, which would take the answer along.
        try browser.evaluate("setTimeout(() => document.getElementById('language').click(), 50)")
        try eventually("English", within: 60) { try browser.text("#overall") == "✓ All is well" }
        #expect(try browser.evaluate("document.documentElement.lang") as? String == "en")
        try browser.visit("http://127.0.0.1:\(site.gateway.httpPort)/")
        try eventually("English again", within: 60) { try browser.text("#overall") == "✓ All is well" }
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")

        let plain = try #require(site.gateway.get("/?lang=th"))
        #expect(plain.head.contains("Content-Language: th") && plain.head.contains("Vary: Accept-Language"))
        #expect(site.gateway.get("/?lang=xx")?.head.contains("Content-Language: en") == true)
    }
}
