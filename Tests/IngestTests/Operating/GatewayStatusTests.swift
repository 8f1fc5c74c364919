import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("Asking a gateway how it is")
struct GatewayStatusTests {
    private static let health =
        #"{"checks":{"minio":{"bucket":"b","ok":false,"error":"refused\u001b[2J","since":"2026-11-22T08:00:00.000Z"},"mqtt":{"ok":true}},"status":"degraded"}"#
    private static let spool =
        #"{"bytes":2048,"entries":3,"next_attempt":null,"oldest":"2026-11-22T08:00:00.000Z","quarantined":1,"rejected":0}"#
    private static let metrics = """
        # HELP thermo_ingest_images_completed_total x
        thermo_ingest_images_completed_total 12
        thermo_ingest_chunks_rejected_total{reason="json"} 2
        thermo_ingest_chunks_rejected_total{reason="base64"} 3
        thermo_ingest_delivered_images_total{path="live"} 9
        thermo_ingest_camera_images_total{camera="a } 7"} 12
        """

    private func server(health: String = health, status: Int = 200) throws -> ScriptedHTTPServer {
        try ScriptedHTTPServer { request in
            switch request.target {
            case "/health": .answer(status, [:], health)
            case "/spool": .answer(200, [:], Self.spool)
            default: .answer(200, [:], Self.metrics)
            }
        }
    }

    @Test("reads health, spool and figures, and shows those that matter without control characters")
    func good() throws {
        let server = try server()
        defer { server.stop() }
        let status = try GatewayStatus.ask("127.0.0.1:\(server.port)")
        #expect(status.sum("chunks_rejected_total") == 5 && status.sum("images_completed_total") == 12)
        #expect(status.figures["camera_images_total{camera=\"a } 7\"}"] == 12)
        let lines = StatusText(status, picturesPerSecond: 1.25).lines
        #expect(lines[0] == "gateway     degraded")
        #expect(lines.contains("minio       FAILED: refused\\u001b[2J (since 2026-11-22T08:00:00.000Z)"), "\(lines)")
        #expect(lines.contains { $0.contains("12 complete, 1.3 a second") }, "\(lines)")
        #expect(lines.contains { $0.contains("3 waiting, 2.0 KiB") && $0.contains("1 in quarantine") }, "\(lines)")
        #expect(status.json.hasPrefix("{\"figures\":{") && status.json.contains(Self.spool))
    }

    @Test("says when nobody answers, when something else does, and when there is no address")
    func bad() throws {
        let port = try freePort()
        #expect { try GatewayStatus.ask("127.0.0.1:\(port)") } throws: {
            "\($0)".contains("does not answer") && "\($0)".contains("\(port)")
        }
        #expect { try GatewayStatus.ask("") } throws: { "\($0)".contains("[http] listen") }
        let stranger = try server(health: "<html>")
        defer { stranger.stop() }
        #expect { try GatewayStatus.ask("127.0.0.1:\(stranger.port)") } throws: { "\($0)".contains("no thermo-ingest") }
        let other = try server(status: 404)
        defer { other.stop() }
        #expect { try GatewayStatus.ask("127.0.0.1:\(other.port)") } throws: { "\($0)".contains("404") }
    }
}
