import Foundation
import TestServices
import Testing

@Suite("The metrics of a running gateway")
struct MetricsTests {
    /// All of the contract, with their labels' values.
    private static let names = [
        "mqtt_connected", "mqtt_messages_received_total", "mqtt_ack_pending", "chunks_duplicate_total", "images_completed_total",
        "images_repeated_total", "captured_at_invalid_total", "assembly_images_in_progress",
        "assembly_memory_bytes", "assembly_memory_limit_bytes", "journal_bytes",
        "journal_sync_duration_seconds_sum", "journal_sync_duration_seconds_count", #"journal_sync_duration_seconds_bucket{le="+Inf"}"#,
        "spool_bytes", "spool_capacity_bytes", "spool_fs_available_bytes", "spool_oldest_timestamp_seconds", "disk_written_bytes_total",
        "spool_corrupt_images_total", "upload_duration_seconds_count", "record_duration_seconds_count", "end_to_end_duration_seconds_count",
        "last_delivery_timestamp_seconds", "clock_offset_seconds",
    ]
    private static let labelled = [
        "chunks_rejected_total": (
            "reason",
            [
                "json", "field_missing", "field_type", "index_range", "total_range", "base64", "empty", "image_id", "too_large", "inflate",
                "camera_uid",
            ]
        ),
        "images_incomplete_total": ("reason", ["superseded", "timeout", "evicted", "too_large", "base64"]),
        "images_suspect_total": ("reason", ["truncated"]),
        "spool_images": ("state", ["pending", "quarantine"]),
        "spool_dropped_images_total": ("reason", ["drop_oldest", "drop_newest"]),
        "backend_up": ("backend", ["minio", "postgres", "redis"]),
        "backend_backoff_until_timestamp_seconds": ("backend", ["minio", "postgres", "redis"]),
        "delivered_images_total": ("path", ["live", "spool"]),
    ]

    @Test("have every name from the first scrape on, and are what Prometheus takes")
    func names() throws {
        let redis = try RedisServer()
        let site = try Site("[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"") { $0.starts = false }
        try site.gateway.start()
        let first = try eventually("the first scrape", within: 30) { site.gateway.get("/metrics") }
        #expect(first.head.contains("Content-Type: text/plain; version=0.0.4"))
        expectComplete(first.text)
        #expect(first.text.contains("# TYPE thermo_ingest_camera_images_total counter\n"))
        #expect(first.text.contains("# TYPE thermo_ingest_camera_last_image_timestamp_seconds gauge\n"))
        #expect(first.text.contains("\nthermo_ingest_build_info{version=\""))
        try expectClean(first.text)

        try site.gateway.waitUntilReady()
        let picture = TestPicture(#"kiln "a\b""#, 1)
        try site.cameras().publish(picture)
        try site.waitForRows(1)
        let label = #"{camera="kiln \"a\\b\""}"#
        try eventually("the picture's metrics", within: 10) { site.gateway.metric("delivered_images_total{path=\"live\"}") == 1 }
        let later = try #require(site.gateway.get("/metrics")?.text)
        expectComplete(later)
        #expect(later.contains("\nthermo_ingest_camera_images_total\(label) 1\n"))
        let moment = site.gateway.metric("camera_last_image_timestamp_seconds\(label)") ?? 0
        #expect(abs(moment - Date().timeIntervalSince1970) < 60)
        try expectClean(later)
    }

    @Test("tell what is really on the disk, and what was written to it")
    func disk() throws {
        let store = try OwnStore()
        let site = try Site { $0.store = store.server }
        store.kill()
        let pictures = (0..<4).map { TestPicture("cam\($0)", 1, size: 100_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        try eventually("the spooled pictures", within: 30) { site.gateway.metric("spool_images{state=\"pending\"}") == 4 }
        try eventually("the journal's size", within: 10) { site.gateway.metric("journal_bytes").map { Int($0) } == journalSize(site) }
        // Each picture is written twice: its chunks into the journal, the whole into the spool.
        let written = try #require(site.gateway.metric("disk_written_bytes_total"))
        #expect(written > 800_000 && written < 1_200_000, "\(written)")
        let syncs = try #require(site.gateway.metric("journal_sync_duration_seconds_count"))
        #expect(syncs >= 1 && site.gateway.metric(#"journal_sync_duration_seconds_bucket{le="+Inf"}"#).map { $0 >= syncs } == true)
        #expect((site.gateway.metric("journal_sync_duration_seconds_sum") ?? 0) > 0)
        let oldest = try #require(site.gateway.metric("spool_oldest_timestamp_seconds"))
        #expect(abs(oldest - Date().timeIntervalSince1970) < 60)
        #expect(site.gateway.metric("backend_up{backend=\"minio\"}") == 0 && site.gateway.metric("backend_up{backend=\"postgres\"}") == 1)
        #expect((site.gateway.metric("backend_retries_total{backend=\"minio\",class=\"retry\"}") ?? 0) >= 1)
    }

    private func journalSize(_ site: Site) -> Int {
        let folder = site.spoolFolder.appending(path: "journal")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])) ?? []
        return files.reduce(0) { $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0) }
    }

    private func expectComplete(_ page: String) {
        let served = Set(page.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
        var wanted = Self.names
        for (name, (label, values)) in Self.labelled { wanted += values.map { "\(name){\(label)=\"\($0)\"}" } }
        for backend in ["minio", "postgres", "redis"] {
            wanted += ["retry", "operator", "picture"].map { "backend_retries_total{backend=\"\(backend)\",class=\"\($0)\"}" }
        }
        let missing = wanted.filter { !served.contains("thermo_ingest_" + $0) }
        #expect(missing.isEmpty, "\(missing)")
    }

    private func expectClean(_ page: String) throws {
        let verdict = try run(["/usr/bin/promtool", "check", "metrics"], input: Data(page.utf8))
        #expect(verdict.status == 0 && verdict.output.isEmpty && verdict.errors.isEmpty, "\(verdict.output) \(verdict.errors)")
    }
}
