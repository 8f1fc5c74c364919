import TestServices

extension Browser {
    /// A phone, and long enough for all of the page to be on the screen.
    convenience init(at site: Site, _ path: String = "/", languages: String = "en") throws {
        try self.init()
        try show(width: 390, height: 4000)
        try prefer(languages)
        try visit("http://127.0.0.1:\(site.gateway.httpPort)\(path)")
    }
}
