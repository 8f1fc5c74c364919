import Foundation
import TestServices
import Testing

/// Figures of the Web Content Accessibility Guidelines 2.2; contrast at the level AAA, for the page is read in sunlight.
@Suite("The page's readability", .serialized)
struct PageReadabilityTests {
    /// Names every text that is on the screen and has less contrast than 7:1 (criterion 1.4.6), or is smaller than 16 pixels.
    private static let faintTexts = """
        (() => {
          const parse = text => text.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const over = (top, below) => { const a = top[3] ?? 1; return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a)); };
          const ground = element => {
            if (!element) return [255, 255, 255];
            const own = parse(getComputedStyle(element).backgroundColor);
            return own[3] === 0 ? ground(element.parentElement) : over(own, ground(element.parentElement));
          };
          const found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
            if (!text || !element.checkVisibility() || ["SCRIPT", "NOSCRIPT", "text"].includes(element.tagName)) continue;
            const style = getComputedStyle(element), below = ground(element);
            const [a, b] = [light(over(parse(style.color), below)), light(below)].sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            if (contrast < 7 || parseFloat(style.fontSize) < 16) found.push(`${text.slice(0, 30)}: ${contrast.toFixed(1)}, ${style.fontSize}`);
          }
          return found.join("; ");
        })()
        """

    /// Names what a reader who does not see cannot make sense of, or a finger cannot hit (criteria 1.1.1, 1.3.1, 2.4.6, 2.5.5, 4.1.2).
    private static let unnamed = """
        (() => {
          const found = [];
          const note = (what, element) => found.push(what + ": " + element.outerHTML.slice(0, 80));
          for (const image of document.querySelectorAll("#list img")) if (image.checkVisibility() && !image.alt) note("no alt", image);
          for (const drawing of document.querySelectorAll("svg"))
            if (drawing.checkVisibility() && !drawing.getAttribute("role") || drawing.checkVisibility() && !drawing.getAttribute("aria-label")) note("no label", drawing);
          for (const section of document.querySelectorAll("section"))
            if (!document.getElementById(section.getAttribute("aria-labelledby"))?.textContent.trim()) note("no heading", section);
          for (const id of ["header", "main", "h1"]) if (document.querySelectorAll(id).length !== 1) found.push("not one " + id);
          for (const target of document.querySelectorAll("a[href]:not(.skip), button, input")) {
            const box = target.getBoundingClientRect();
            if (target.checkVisibility() && (box.width < 44 || box.height < 44)) note("small", target);
          }
          const levels = [...document.querySelectorAll("h1, h2, h3")].map(heading => Number(heading.tagName[1]));
          if (levels.some((level, i) => i && level > levels[i - 1] + 1)) found.push("headings skip a level: " + levels);
          return found.join("; ");
        })()
        """

    @Test("is good enough for sunlight and for night, for fingers, and for those who have it read aloud, also while things fail")
    func readable() throws {
        let store = try OwnStore()
        let site = try Site { $0.store = store.server }
        // More than six, so that there is a field to find one with.
        for camera in 1...7 { try site.cameras().publish(TestPicture.viewable("camera with a long name \(camera)", moment: camera)) }
        let open = TestPicture.viewable("kiln", imageID: "a-long-image-id-that-does-not-fit-on-a-line-of-a-phone-by-any-means")
        for chunk in [0, 2, 5] { try site.cameras().publish(open, chunk: chunk) }
        try site.cameras().publish("{", topic: "camera/kiln/image_json")
        try site.cameras().finish()
        try site.waitForRows(7)
        store.kill()
        try site.cameras().publish(TestPicture.viewable("camera with a long name 1", moment: 0))
        try site.gateway.waitForFailure(of: "minio")
        for language in ["en", "th"] {
            let browser = try Browser(at: site, "/?lang=" + language)
            for dark in [false, true] {
                try browser.show(width: 390, height: 4000, dark: dark)
                try eventually("the page", within: 60) {
                    try browser.text("#overall")?.hasPrefix("✗") == true
                        && browser.evaluate("document.querySelectorAll('#list li').length") as? Int == 8
                }
                let faint = try browser.evaluate(Self.faintTexts) as? String
                #expect(faint == "", "\(language), dark: \(dark)")
                let unnamed = try browser.evaluate(Self.unnamed) as? String
                #expect(unnamed == "", "\(language)")
            }
            // The narrowest phone, and a page enlarged fourfold (criterion 1.4.10).
            try browser.show(width: 320, height: 4000)
            #expect(try browser.evaluate("document.documentElement.scrollWidth") as? Int == 320)
            // That a fault would have been found.
            try browser.evaluate("at('h-spool').style.color = '#777'; at('gauge').removeAttribute('aria-label')")
            #expect(try browser.evaluate(Self.faintTexts) as? String != "" && browser.evaluate(Self.unnamed) as? String != "")
        }
    }

    @Test("keeps what has the focus, and says only what has changed, while the page looks again and again")
    func calm() throws {
        let site = try Site()
        try site.cameras().publish(TestPicture.viewable("cam1"))
        try site.waitForRows(1)
        let browser = try Browser(at: site)
        try eventually("the picture", within: 60) {
            try browser.evaluate("document.querySelector('#list img')?.naturalWidth > 0") as? Bool == true
        }
        try browser.evaluate(
            """
            document.querySelector("#list a").focus();
            window.spoken = 0; window.looks = 0;
            new MutationObserver(() => { window.spoken += 1; }).observe(at("overall"), { childList: true, characterData: true, subtree: true });
            new PerformanceObserver(list => { window.looks += list.getEntries().filter(entry => entry.name.includes("/overview")).length; })
              .observe({ entryTypes: ["resource"] });
            """)
        try eventually("three more looks", within: 60) { try browser.evaluate("window.looks >= 3") as? Bool == true }
        #expect(try browser.evaluate("window.spoken") as? Int == 0)
        #expect(try browser.evaluate("document.activeElement === document.querySelector('#list a')") as? Bool == true)
        #expect(
            try browser.evaluate(
                "document.querySelector('.skip').focus(); document.querySelector('.skip').getBoundingClientRect().left >= 0") as? Bool
                == true)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
}
