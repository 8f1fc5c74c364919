package import Clients
import FoundationEssentials
import IngestCore

/// How a running gateway says it is doing, asked over its HTTP interface.
package struct GatewayStatus: Sendable {
    /// Why there is none.
    package enum Failure: Error, CustomStringConvertible {
        /// `[http] listen` is empty.
        case noAddress
        case silent(HTTPClientFailure)
        /// Something else answers there.
        case stranger(ListenAddress, String)

        package var description: String {
            switch self {
            case .noAddress:
                "the gateway cannot be asked: [http] listen is empty. Give it an address, such as 127.0.0.1:5101, and restart it"
            case .silent(let failure): "the gateway does not answer: \(failure). Does it run? See: systemctl status thermo-ingest"
            case .stranger(let address, let what): "what answers at \(address) is no thermo-ingest: \(what)"
            }
        }
    }

    package struct Health: Decodable, Sendable {
        package struct Check: Decodable, Sendable {
            package let ok: Bool
            package let error: String?
            package let since: String?
        }
        package let status: String
        package let checks: [String: Check]
    }

    package struct Spool: Decodable, Sendable {
        package let entries: Int
        package let bytes: Int
        package let oldest: String?
        package let nextAttempt: String?
        package let quarantined: Int
        /// Nil of a gateway that does not tell.
        package let unreadable: Int?
        package let rejected: Int

        enum CodingKeys: String, CodingKey {
            case entries, bytes, oldest, quarantined, unreadable, rejected
            case nextAttempt = "next_attempt"
        }
    }

    package let health: Health
    package let spool: Spool
    /// `/metrics`: the name without prefix, labels included where there are any.
    package let figures: [String: Double]
    /// `/health` and `/spool` as they came.
    private let raw: (health: String, spool: String)

    package static func ask(_ listen: String) throws(Failure) -> GatewayStatus {
        guard !listen.isEmpty, let address = ListenAddress(listen) else { throw .noAddress }
        let client = HTTPClient(address)
        let health = try get("/health", client)
        let spool = try get("/spool", client)
        let metrics = try get("/metrics", client)
        guard let read = try? JSONDecoder().decode(Health.self, from: Data(health)),
            let readSpool = try? JSONDecoder().decode(Spool.self, from: Data(spool))
        else { throw .stranger(client.address, "its /health or /spool is not ours") }
        return GatewayStatus(
            health: read, spool: readSpool, figures: figures(in: String(decoding: metrics, as: UTF8.self)),
            raw: (String(decoding: health, as: UTF8.self), String(decoding: spool, as: UTF8.self))
        )
    }

    private static func get(_ path: String, _ client: HTTPClient) throws(Failure) -> [UInt8] {
        let answer: HTTPClient.Answer
        do throws(HTTPClientFailure) { answer = try client.get(path) } catch { throw .silent(error) }
        guard answer.status == 200 else { throw .stranger(client.address, "\(path) is answered with \(answer.status)") }
        return answer.body
    }

    static func figures(in page: String) -> [String: Double] {
        var figures: [String: Double] = [:]
        let prefix = "thermo_ingest_"
        for line in page.split(separator: "\n") where line.hasPrefix(prefix) {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else { continue }
            figures[String(line[..<space].dropFirst(prefix.count))] = value
        }
        return figures
    }

    /// The sum over all labels.
    package func sum(_ name: String) -> Int {
        Int(figures.filter { $0.key == name || $0.key.hasPrefix(name + "{") }.values.reduce(0, +))
    }

    /// One JSON object: `health` and `spool` as those paths answer, and all figures of `/metrics`.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let finite = figures.filter { $0.value.isFinite }
        let text = (try? encoder.encode(finite)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        func trimmed(_ text: String) -> Substring { text.last == "\n" ? text.dropLast() : text[...] }
        return "{\"figures\":\(text),\"health\":\(trimmed(raw.health)),\"spool\":\(trimmed(raw.spool))}"
    }
}
