import Foundation
import TestServices
import Testing

@testable import Ingest

@Suite("Dashboard and alert rules")
struct MonitoringFilesTests {
    private static let config = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../config").standardizedFileURL
    private let alerts = Self.config.appending(path: "alerts.yml")
    private let dashboard = Self.config.appending(path: "grafana-dashboard.json")

    @Test("use no figure that the gateway does not serve")
    func names() throws {
        let families = MetricsPage.families
        for file in [alerts, dashboard] {
            let text = try String(contentsOf: file, encoding: .utf8)
            let used = Set(text.matches(of: /thermo_ingest_[a-z_]+/).map { String($0.0) })
            #expect(used.count > 15)
            for name in used {
                let ending = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) && families[String(name.dropLast($0.count))] == true }
                #expect(ending != nil || families[name] == false, "\(file.lastPathComponent) uses \(name)")
            }
        }
    }

    @Test("say of every alert what it is, what happened, and what to do")
    func advice() throws {
        let blocks = try String(contentsOf: alerts, encoding: .utf8).components(separatedBy: "- alert: ").dropFirst()
        #expect(blocks.count >= 14)
        for block in blocks {
            for member in ["expr:", "for:", "severity:", "summary:", "description:", "action:"] {
                #expect(block.contains(member), "\(block.prefix { $0 != "\n" }) lacks \(member)")
            }
        }
    }

    @Test("are what Prometheus and Grafana take")
    func form() throws {
        let verdict = try run(["/usr/bin/promtool", "check", "rules", alerts.path])
        #expect(verdict.status == 0, "\(verdict.output) \(verdict.errors)")
        let object = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: dashboard)) as? [String: Any])
        let panels = try #require(object["panels"] as? [[String: Any]])
        #expect(object["uid"] as? String == "thermo-ingest" && object["schemaVersion"] as? Int != nil)
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
        // Every question a panel asks is one that Prometheus understands: as rules, promtool reads them.
        let questions = panels.flatMap { ($0["targets"] as? [[String: Any]] ?? []).compactMap { $0["expr"] as? String } }
        #expect(questions.count > 20)
        let rules = questions.enumerated().map { number, question in
            let plain = question.replacing("$__rate_interval", with: "5m").replacing("$job", with: "x").replacing("$instance", with: "y")
            return "  - record: panel:\(number)\n    expr: \(String(reflecting: plain))\n"
        }
        let folder = try TemporaryFolder()
        let file = folder.file("panels.yml")
        try ("groups:\n- name: panels\n  rules:\n" + rules.joined()).write(to: file, atomically: true, encoding: .utf8)
        let panelVerdict = try run(["/usr/bin/promtool", "check", "rules", file.path])
        #expect(panelVerdict.status == 0, "\(panelVerdict.output) \(panelVerdict.errors)")
    }
}
