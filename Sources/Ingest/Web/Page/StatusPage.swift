import Clients
import FoundationEssentials
import IngestCore
import Platform

/// The page at `/`, for a technician's phone: one answer that holds everything, asks `/overview` every two seconds, and loads nothing from
/// anywhere else but the cameras' pictures.
///
/// What comes from cameras and brokers is only ever put into the page as text (`textContent`). The policy forbids every script and style but
/// the two that stand here, by their checksums (CSP level 3, section 2.3.1, hash-source), and every way of making markup of a text
/// (Trusted Types).
enum StatusPage {
    private static let english = make(.en)
    private static let thai = make(.th)

    static func response(in language: PageLanguage) -> HTTPResponse {
        switch language {
        case .en: english
        case .th: thai
        }
    }

    /// For the browser's tab and a phone's home screen: something hot.
    static let icon = HTTPResponse(
        contentType: "image/svg+xml", headers: [("Cache-Control", "max-age=86400")],
        body: .bytes(
            Array(
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2a0a4a"/>
                <circle cx="16" cy="16" r="10" fill="#b3246b"/><circle cx="16" cy="16" r="6.5" fill="#f4711f"/>
                <circle cx="16" cy="16" r="3" fill="#ffe98a"/></svg>
                """.utf8))
    )

    private static func make(_ language: PageLanguage) -> HTTPResponse {
        HTTPResponse(
            contentType: "text/html; charset=utf-8",
            headers: [
                ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
                ("Cache-Control", "no-cache"), ("Content-Language", language.rawValue), ("Vary", "Accept-Language"),
            ],
            body: .bytes(Array(text(in: language).utf8))
        )
    }

    static func text(in language: PageLanguage) -> String {
        let words = PageWords(language)
        // The words for the script lie in a block of data, which no policy has to allow and nothing runs.
        return """
            <!doctype html>
            <html lang="\(language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>thermo-ingest</title>
            <link rel="icon" href="/icon.svg" type="image/svg+xml">
            <style>\(style)</style>
            </head>
            \(words.fill(body))
            <script id="words" type="application/json">\(words.json)</script>
            <script>\(code)</script>
            </html>

            """
    }

    static let policy = [
        "default-src 'none'", "script-src '\(checksum(code))'", "style-src '\(checksum(style))'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")

    private static func checksum(_ text: String) -> String {
        guard let digest = try? SHA256.digest(of: Array(text.utf8).span) else { return "none" }
        return "sha256-" + Data(digest).base64EncodedString()
    }
}
