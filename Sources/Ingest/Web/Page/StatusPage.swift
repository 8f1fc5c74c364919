import Clients
import FoundationEssentials

/// The page at `/`, for a technician's phone: one answer that holds everything, looks at the other paths every few seconds, and loads
/// nothing from anywhere else.
///
/// What comes from cameras and brokers is only ever put into the page as text (`textContent`), and the policy forbids every script and
/// style but the two that stand here, by their checksums (CSP level 3, section 2.3.1, hash-source).
enum StatusPage {
    static let response = HTTPResponse(
        contentType: "text/html; charset=utf-8",
        headers: [
            ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("Cache-Control", "no-cache"),
        ],
        body: .bytes(Array(text.utf8))
    )

    static let text = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>thermo-ingest</title>
        <style>\(style)</style>
        </head>
        \(body)
        <script>\(script)</script>
        </html>

        """

    static let policy = [
        "default-src 'none'", "script-src '\(checksum(script))'", "style-src '\(checksum(style))'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private static let script = words + code

    private static func checksum(_ text: String) -> String {
        guard let digest = try? SHA256.digest(of: Array(text.utf8).span) else { return "none" }
        return "sha256-" + Data(digest).base64EncodedString()
    }
}
