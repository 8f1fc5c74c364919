public import Foundation

/// A headless Chromium with one page, driven over its DevTools protocol. `--remote-debugging-pipe`: JSON messages, each ended by a zero
/// byte, through two named pipes.
public final class Browser {
    private let folder: TemporaryFolder
    private let service: Service
    private let commands: Int32
    private let answers: Int32
    private var received = Data()
    private var number = 0
    private var session: String?
    /// What the page did wrong: exceptions, violations of its policy, dialogs, requests that failed.
    public private(set) var complaints: [String] = []

    private static let script = """
        exec "$1" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --no-first-run \
            --disable-background-networking --disable-component-update --remote-debugging-pipe --user-data-dir="$2/profile" \
            about:blank 3<"$2/commands" 4>"$2/answers"
        """

    public init() throws {
        let program = "/usr/bin/chromium"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw ServiceError("there is no \(program); scripts/setup test installs it")
        }
        folder = try TemporaryFolder()
        let root = folder.url.path
        for pipe in ["commands", "answers"] {
            guard mkfifo(root + "/" + pipe, 0o600) == 0 else { throw ServiceError("mkfifo: \(String(cString: strerror(errno)))") }
        }
        // Both ways, so that opening waits for nobody (fifo(7)).
        commands = open(root + "/commands", O_RDWR | O_CLOEXEC)
        answers = open(root + "/answers", O_RDWR | O_CLOEXEC | O_NONBLOCK)
        service = try Service("chromium", ["/bin/bash", "-c", Self.script, "chromium", program, root], in: folder.url)
        let target = try call("Target.createTarget", ["url": "about:blank"], within: 60)["targetId"] as? String ?? ""
        session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
        for domain in ["Page", "Runtime", "Log", "Network"] { try call(domain + ".enable") }
    }

    deinit {
        // In order, so that none of its processes stays behind.
        session = nil
        _ = try? send("Browser.close")
        _ = try? eventually("the browser to end", within: 5) { !service.isRunning }
        service.kill()
        close(commands)
        close(answers)
    }

    // MARK: - What tests do with it

    /// Where the next pages are shown; a phone where it is narrow.
    public func show(width: Int, height: Int, dark: Bool = false) throws {
        try call(
            "Emulation.setDeviceMetricsOverride", ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600])
        try call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]])
    }

    /// What the browser says of its user's languages from now on.
    public func prefer(_ languages: String) throws {
        try call("Network.setExtraHTTPHeaders", ["headers": ["Accept-Language": languages]])
    }

    public func visit(_ url: String) throws {
        let answer = try call("Page.navigate", ["url": url])
        if let error = answer["errorText"] as? String { throw ServiceError("\(url): \(error)") }
        try eventually("\(url) to be read") { try evaluate("document.readyState") as? String == "complete" }
    }

    /// The value of a JavaScript expression, awaited where it is a promise; nil for null and undefined.
    @discardableResult
    public func evaluate(_ expression: String) throws -> Any? {
        let question: [String: Any] = ["expression": expression, "awaitPromise": true, "returnByValue": true]
        let answer: [String: Any]
        do {
            answer = try call("Runtime.evaluate", question)
        } catch let error as ServiceError where "\(error)".contains("navigated") {
            answer = try call("Runtime.evaluate", question)  // asked while one page followed the other
        }
        if let failure = answer["exceptionDetails"] as? [String: Any] {
            throw ServiceError("\(expression): \((failure["exception"] as? [String: Any])?["description"] ?? failure)")
        }
        let value = (answer["result"] as? [String: Any])?["value"]
        return value is NSNull ? nil : value
    }

    /// The text of the first element that `selector` finds.
    public func text(_ selector: String) throws -> String? {
        try evaluate("document.querySelector(\(Self.quoted(selector)))?.innerText") as? String
    }

    /// A PNG of the whole page, however long it is.
    public func screenshot(width: Int) throws -> Data {
        let metrics = try call("Page.getLayoutMetrics")["cssContentSize"] as? [String: Any]
        let clip: [String: Any] = ["x": 0, "y": 0, "width": width, "height": metrics?["height"] ?? 800, "scale": 1]
        let answer = try call("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true, "clip": clip])
        guard let image = Data(base64Encoded: answer["data"] as? String ?? "") else { throw ServiceError("no screenshot") }
        return image
    }

    public static func quoted(_ text: String) -> String {
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    // MARK: - The protocol

    @discardableResult
    private func call(_ method: String, _ parameters: [String: Any] = [:], within seconds: TimeInterval = 60) throws -> [String: Any] {
        let mine = try send(method, parameters)
        return try service.answers(within: seconds) {
            while let message = try nextMessage() {
                guard message["id"] as? Int == mine else {
                    try notice(message)
                    continue
                }
                if let error = message["error"] as? [String: Any] { throw ServiceError("\(method): \(error["message"] ?? error)") }
                return message["result"] as? [String: Any] ?? [:]
            }
            return nil
        }
    }

    @discardableResult
    private func send(_ method: String, _ parameters: [String: Any] = [:]) throws -> Int {
        number += 1
        var message: [String: Any] = ["id": number, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        let bytes = try JSONSerialization.data(withJSONObject: message) + [0]
        let count = bytes.withUnsafeBytes { write(commands, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw ServiceError("the browser takes no command") }
        return number
    }

    /// Nil when no whole message has come so far.
    private func nextMessage() throws -> [String: Any]? {
        var room = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = received[received.startIndex..<end]
                received = Data(received[(end + 1)...])
                return try JSONSerialization.jsonObject(with: message) as? [String: Any]
            }
            let count = read(answers, &room, room.count)
            guard count > 0 else { return nil }
            received.append(contentsOf: room[..<count])
        }
    }

    private func notice(_ event: [String: Any]) throws {
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Log.entryAdded":
            let entry = parameters["entry"] as? [String: Any] ?? [:]
            if entry["level"] as? String != "info" { complaints.append("\(entry["text"] ?? entry) \(entry["url"] ?? "")") }
        case "Runtime.exceptionThrown":
            let details = parameters["exceptionDetails"] as? [String: Any] ?? [:]
            complaints.append("\((details["exception"] as? [String: Any])?["description"] ?? details)")
        case "Page.javascriptDialogOpening":
            complaints.append("a dialog says \(parameters["message"] ?? "something")")
            try send("Page.handleJavaScriptDialog", ["accept": true])
        default: break
        }
    }
}
