@testable import Clients

/// Signs nothing: path style, a mark for each signature, and an error code found by hand.
final class PlainDialect: ObjectStoreDialect {
    private let endpoint: String
    private(set) var signatures = 0
    private(set) var dates: [String] = []
    /// What `hear` answers.
    var news: (String) -> Bool = { _ in false }
    var failure: (any Error)?
    var extra: [(name: String, value: String)] = []

    init(_ endpoint: String) { self.endpoint = endpoint }

    func sign(_ request: ObjectRequest) throws -> SignedRequest {
        if let failure { throw failure }
        signatures += 1
        let host = String(endpoint.split(separator: "/")[1])
        return SignedRequest(
            url: "\(endpoint)/\(request.bucket)\(request.key.map { "/\($0)" } ?? "")", host: host,
            headers: [(name: "Host", value: host), (name: "x-signature", value: String(signatures))] + request.headers + extra)
    }

    func hear(serverDate: String) -> Bool {
        dates.append(serverDate)
        return news(serverDate)
    }

    func refusal(in body: [UInt8]) -> StoreRefusal? {
        let text = String(decoding: body, as: UTF8.self)
        guard let code = text.split(separator: "<Code>").last?.split(separator: "</Code>").first, text.contains("<Code>") else {
            return nil
        }
        return StoreRefusal(code: String(code), message: "\(body.count) bytes")
    }
}
