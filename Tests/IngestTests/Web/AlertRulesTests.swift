import Foundation
import TestServices
import Testing

/// `promtool test rules` runs the rules over figures made up for it (Prometheus documentation, "Unit testing for rules").
@Suite("Alert rules")
struct AlertRulesTests {
    /// Figures of a gateway that is well, minute by minute; ages are against the test's time, which begins at 0.
    private static let well = [
        "up{JOB}": "1x420", "thermo_ingest_mqtt_connected{JOB}": "1x420",
        #"thermo_ingest_backend_up{backend="minio",JOB}"#: "1x420", #"thermo_ingest_backend_up{backend="postgres",JOB}"#: "1x420",
        "thermo_ingest_spool_bytes{JOB}": "1000x420", "thermo_ingest_spool_capacity_bytes{JOB}": "4294967296x420",
        "thermo_ingest_spool_oldest_timestamp_seconds{JOB}": "0x420", #"thermo_ingest_spool_images{state="pending",JOB}"#: "0x420",
        #"thermo_ingest_spool_images{state="quarantine",JOB}"#: "3x420", "thermo_ingest_spool_corrupt_images_total{JOB}": "1x420",
        #"thermo_ingest_spool_dropped_images_total{reason="drop_oldest",JOB}"#: "7x420",
        "thermo_ingest_last_delivery_timestamp_seconds{JOB}": "0+60x420",
        #"thermo_ingest_camera_last_image_timestamp_seconds{camera="cam7",JOB}"#: "0+60x420",
        #"thermo_ingest_chunks_rejected_total{reason="json",JOB}"#: "0+0.5x420",
        #"thermo_ingest_images_incomplete_total{reason="timeout",JOB}"#: "0+0.2x420",
        "thermo_ingest_images_completed_total{JOB}": "0+20x420",
        "thermo_ingest_broker_dropped_messages{JOB}": "17x420", "thermo_ingest_mqtt_sessions_lost_total{JOB}": "1x420",
        "thermo_ingest_clock_offset_seconds{JOB}": "2x420", "thermo_ingest_spool_fs_available_bytes{JOB}": "8589934592x420",
        #"thermo_ingest_journal_sync_duration_seconds_bucket{le="1",JOB}"#: "0+60x420",
        #"thermo_ingest_journal_sync_duration_seconds_bucket{le="5",JOB}"#: "0+60x420",
        #"thermo_ingest_journal_sync_duration_seconds_bucket{le="+Inf",JOB}"#: "0+60x420",
    ]

    /// What goes wrong, in figures, and the alerts that say so.
    private static let troubles: [(String, [String: String])] = [
        ("Down", ["up{JOB}": "0x420"]), ("BrokerAway", ["thermo_ingest_mqtt_connected{JOB}": "0x420"]),
        ("BackendDown", [#"thermo_ingest_backend_up{backend="minio",JOB}"#: "0x420"]),
        ("SpoolFilling", ["thermo_ingest_spool_bytes{JOB}": "3000000000x420"]),
        ("SpoolFilling SpoolFull", ["thermo_ingest_spool_bytes{JOB}": "4200000000x420"]),
        ("OldPictureWaits", ["thermo_ingest_spool_oldest_timestamp_seconds{JOB}": "60x420"]),
        (
            "NothingDelivered",
            [
                #"thermo_ingest_spool_images{state="pending",JOB}"#: "5x420",
                "thermo_ingest_last_delivery_timestamp_seconds{JOB}": "60x420",
            ]
        ), ("PicturesDropped", [#"thermo_ingest_spool_dropped_images_total{reason="drop_oldest",JOB}"#: "0+1x420"]),
        ("QuarantineGrows", [#"thermo_ingest_spool_images{state="quarantine",JOB}"#: "0+1x420"]),
        ("DamagedEntries", ["thermo_ingest_spool_corrupt_images_total{JOB}": "0+1x420"]),
        ("EntriesUnreadable", [#"thermo_ingest_spool_images{state="unreadable",JOB}"#: "2x420"]),
        ("NoticesDropped", [#"thermo_ingest_notifications_dropped_total{kind="postgres",JOB}"#: "0+1x420"]),
        ("CameraSilent", [#"thermo_ingest_camera_last_image_timestamp_seconds{camera="cam7",JOB}"#: "60x420"]),
        ("ChunksRejected", [#"thermo_ingest_chunks_rejected_total{reason="json",JOB}"#: "0+10x420"]),
        ("BrokerDropsMessages", ["thermo_ingest_broker_dropped_messages{JOB}": "0+1x420"]),
        ("SessionLost", ["thermo_ingest_mqtt_sessions_lost_total{JOB}": "0+1x420"]),
        ("CapturesIncomplete", [#"thermo_ingest_images_incomplete_total{reason="timeout",JOB}"#: "0+5x420"]),
        ("PicturesSuspect", [#"thermo_ingest_images_suspect_total{reason="truncated",JOB}"#: "0+1x420"]),
        ("CameraTimeInvalid", ["thermo_ingest_captured_at_invalid_total{JOB}": "0+1x420"]),
        ("ClockWrong", ["thermo_ingest_clock_offset_seconds{JOB}": "-86400x420"]),
        ("DiskNearlyFull", ["thermo_ingest_spool_fs_available_bytes{JOB}": "100000000x420"]),
        ("DiskSlow", [#"thermo_ingest_journal_sync_duration_seconds_bucket{le="1",JOB}"#: "0+30x420"]),
        ("", [:]),
    ]

    @Test("fire for what they are for, and for nothing else")
    func fire() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
        let rules = root.appending(path: "config/alerts.yml")
        let names = try String(contentsOf: rules, encoding: .utf8).matches(of: /- alert: ThermoIngest(\w+)/).map { String($0.1) }
        let tested = Set(Self.troubles.flatMap { $0.0.split(separator: " ").map(String.init) })
        #expect(tested == Set(names) && names.count == tested.count)

        var text = "rule_files: [\"\(rules.path)\"]\nevaluation_interval: 1m\ntests:\n"
        for (alerts, changes) in Self.troubles {
            text += "- interval: 1m\n  name: \"\(alerts)\"\n  input_series:\n"
            for (series, values) in Self.well.merging(changes, uniquingKeysWith: { $1 }) {
                let full = series.replacing("JOB", with: #"job="thermo-ingest",instance="box:5101""#)
                text += "  - series: '\(full)'\n    values: '\(values)'\n"
            }
            text +=
                "  promql_expr_test:\n  - expr: count by (alertname) (ALERTS{alertstate=\"firing\"})\n    eval_time: 7h\n    exp_samples:"
            let expected = alerts.split(separator: " ")
            text += expected.isEmpty ? " []\n" : "\n"
            for alert in expected { text += "    - labels: '{alertname=\"ThermoIngest\(alert)\"}'\n      value: 1\n" }
        }
        let folder = try TemporaryFolder()
        let file = folder.file("test.yml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let verdict = try run(["/usr/bin/promtool", "test", "rules", file.path])
        #expect(verdict.status == 0, "\(verdict.output) \(verdict.errors)")
    }
}
