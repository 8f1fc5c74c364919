import IngestCore
import Platform

/// The body of `/metrics`. A name stands here once and is documented by its help text.
struct MetricsPage {
    /// Beyond so many cameras a scrape would cost more than it tells.
    static let mostCameras = 200

    let intake: IntakeFigures
    let delivery: DeliveryFigures
    /// By class.
    let redisRetries: (String) -> Int
    let heldUntil: [HealthCheck: Instant]
    /// Over MQTT: given up, and taken by the broker for nobody.
    let notices: (dropped: Int, unheard: Int)
    let failures: Set<HealthCheck>
    /// To the broker, and taking in.
    let isConnected: Bool
    let backends: [HealthCheck]
    let cameras: [PublishedCameras.Camera]
    let clockOffset: Duration?
    let spool: SpoolFigures
    let memoryLimit: Int
    /// Since the start.
    let diskWritten: Int
    let now: Instant
    let wall: Timestamp

    var text: String {
        var page = PrometheusText()
        addIntake(&page)
        addDelivery(&page)
        addDisk(&page)
        addSpool(&page)
        addCameras(&page)
        page.family("build_info", .gauge, "The version that runs; always 1.", [([("version", Version.current)], 1)])
        return page.text
    }

    private func addIntake(_ page: inout PrometheusText) {
        page.single("mqtt_connected", .gauge, "Whether the broker is connected and subscribed to.", isConnected ? 1 : 0)
        page.single("mqtt_messages_received_total", .counter, "Messages the broker sent.", Double(intake.messages))
        page.single("mqtt_ack_pending", .gauge, "Messages received and not yet acknowledged.", Double(intake.unacknowledged))
        page.single(
            "mqtt_sessions_lost_total", .counter, "Times the broker had lost the session it kept for this gateway.",
            Double(intake.sessionsLost))
        page.family(
            "broker_dropped_messages", .gauge,
            "Messages the broker says it dropped since it started, for any client; nothing where it does not say.",
            intake.brokerDropped.map { [([], Double($0))] } ?? [])
        page.family(
            "chunks_rejected_total", .counter, "Messages refused, by reason.",
            Refusal.allCases.map { ([("reason", $0.rawValue)], Double(intake.rejected[$0] ?? 0)) }
        )
        page.single("chunks_duplicate_total", .counter, "Chunks that had come before.", Double(intake.duplicates))
        page.single("images_completed_total", .counter, "Pictures all of whose chunks came.", Double(intake.completed))
        page.family(
            "images_incomplete_total", .counter, "Captures given up, by reason.",
            Abandonment.allCases.map { ([("reason", $0.rawValue)], Double(intake.incomplete[$0] ?? 0)) }
        )
        page.single(
            "images_repeated_total", .counter, "Whole pictures that came again and were not stored again.",
            Double(intake.repeated + delivery.repeated))
        page.family(
            "images_suspect_total", .counter, "Pictures stored although something is wrong with their bytes, by what.",
            [([("reason", "truncated")], Double(intake.truncated))])
        page.single(
            "captured_at_invalid_total", .counter, "Pictures whose member [intake] captured_at is no time between 2000 and 2100.",
            Double(intake.badTimes))
        page.single("assembly_images_in_progress", .gauge, "Captures that wait for chunks.", Double(intake.open))
        page.single(
            "assembly_images_in_doubt", .gauge, "Captures with chunks that may be an older one's, told again.", Double(intake.inDoubt))
        page.single("assembly_memory_bytes", .gauge, "Memory of the pool in use.", Double(intake.memory))
        page.single("assembly_memory_limit_bytes", .gauge, "Memory of the pool.", Double(memoryLimit))
    }

    private func addDelivery(_ page: inout PrometheusText) {
        func each(_ value: (HealthCheck) -> Double) -> [(labels: [(String, String)], value: Double)] {
            backends.map { ([("backend", $0.rawValue)], value($0)) }
        }
        page.family("backend_up", .gauge, "Whether a store works.", each { failures.contains($0) ? 0 : 1 })
        page.family(
            "backend_retries_total", .counter, "Deliveries that failed, by what the failure calls for.",
            backends.flatMap { backend in
                ["retry", "operator", "picture"].map { kind in
                    (
                        [("backend", backend.rawValue), ("class", kind)],
                        Double(backend == .redis ? redisRetries(kind) : delivery.retries(backend, kind))
                    )
                }
            }
        )
        page.family(
            "backend_backoff_until_timestamp_seconds", .gauge, "When a store that failed is tried again; 0 while nothing is held back.",
            each { heldUntil[$0].map { Double(wall.milliseconds) / 1000 + ($0 - now).seconds } ?? 0 }
        )
        page.histogram("upload_duration_seconds", "Time an upload took.", delivery.uploads)
        page.histogram("record_duration_seconds", "Time a round trip to the table took.", delivery.records)
        page.family(
            "delivered_images_total", .counter, "Pictures stored, object and row.",
            Lane.allCases.map { ([("path", $0.rawValue)], Double(delivery.delivered[$0])) }
        )
        page.histogram("end_to_end_duration_seconds", "Time from a picture's last chunk to its row.", delivery.endToEnd)
        page.single(
            "last_delivery_timestamp_seconds", .gauge, "When a picture was last stored; 0 for never.",
            delivery.lastDelivery.map { Double($0.milliseconds) / 1000 } ?? 0
        )
        page.family(
            "notifications_dropped_total", .counter,
            "Stored pictures of which nobody was told: too many waited, the broker refused, or PostgreSQL's queue of notices was full.",
            [([("kind", "mqtt")], Double(notices.dropped)), ([("kind", "postgres")], Double(delivery.untold))])
        page.family(
            "notifications_unheard_total", .counter, "Notices that the broker took though nobody is subscribed to their topic (MQTT 5).",
            [([("kind", "mqtt")], Double(notices.unheard))])
        page.single(
            "clock_offset_seconds", .gauge, "The object store's clock less this machine's; 0 until it has told.", clockOffset?.seconds ?? 0
        )
    }

    private func addCameras(_ page: inout PrometheusText) {
        let shown = cameras.prefix(Self.mostCameras)
        page.family(
            "camera_last_image_timestamp_seconds", .gauge, "When a camera's newest picture was complete; at most 200 cameras.",
            shown.compactMap { camera in
                camera.lastImage.map { ([("camera", camera.uid.text)], Double($0.milliseconds) / 1000) }
            }
        )
        page.family(
            "camera_images_total", .counter, "Pictures of a camera since the start; at most 200 cameras.",
            shown.map { ([("camera", $0.uid.text)], Double($0.images)) }
        )
    }
}
