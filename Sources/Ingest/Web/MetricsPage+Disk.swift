import IngestCore

extension MetricsPage {
    func addDisk(_ page: inout PrometheusText) {
        page.single("journal_bytes", .gauge, "What the journal's segments take; 0 where it is off.", Double(intake.journal.bytes))
        page.family(
            "journal_writes_total", .counter, "Captures whose chunks were written to the journal, by the reason for it.",
            AcknowledgementLedger<CaptureRecord>.Reason.allCases.map { ([("reason", $0.rawValue)], Double(intake.writes[$0] ?? 0)) })
        page.histogram("journal_sync_duration_seconds", "Time the disk took to make chunks durable.", intake.journal.syncs)
        page.single(
            "disk_written_bytes_total", .counter, "Bytes written into files of journal and spool, which wear a memory card out.",
            Double(diskWritten)
        )
    }

    func addSpool(_ page: inout PrometheusText) {
        page.family(
            "spool_images", .gauge, "Pictures in the spool's files; unreadable counts entries, and folders, that are passed over.",
            [
                ([("state", "pending")], Double(spool.pending)), ([("state", "quarantine")], Double(spool.quarantined)),
                ([("state", "unreadable")], Double(spool.unreadable)),
            ]
        )
        page.single("spool_bytes", .gauge, "What everything under the spool's folder takes.", Double(spool.bytes))
        page.single("spool_capacity_bytes", .gauge, "What it may take: [spool] max_size.", Double(spool.capacity))
        page.single("spool_fs_available_bytes", .gauge, "What its file system still has.", Double(spool.available))
        page.single(
            "spool_oldest_timestamp_seconds", .gauge, "When the oldest picture that waits in the spool was recorded; 0 for none.",
            spool.oldest.map { Double($0.milliseconds) / 1000 } ?? 0
        )
        page.family(
            "spool_dropped_images_total", .counter, "Pictures given up for want of room, by [spool] when_full.",
            [Configuration.Spool.WhenFull.dropOldest, .dropNewest].map { ([("reason", $0.rawValue)], Double(spool.dropped[$0] ?? 0)) }
        )
        page.single("spool_corrupt_images_total", .counter, "Entries found damaged and put into quarantine.", Double(spool.corrupt))
    }
}
