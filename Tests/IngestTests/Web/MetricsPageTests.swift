import Foundation
import IngestCore
import Testing

@testable import Ingest

@Suite("The page of metrics")
struct MetricsPageTests {
    @Test("shows 200 cameras at most, however many there are")
    func bounded() {
        let board = PublishedCameras()
        for number in 0..<300 { board.completed(PictureFixture.make("cam\(number)", "a")) }
        let lines = MetricsPage.example(cameras: board.current).text.split(separator: "\n")
        for name in ["camera_images_total", "camera_last_image_timestamp_seconds"] {
            #expect(lines.filter { $0.hasPrefix("thermo_ingest_\(name){") }.count == 200)
        }
    }

    @Test("names a camera in a label, whatever it is called")
    func labels() {
        let board = PublishedCameras()
        board.completed(PictureFixture.make(#"a"b\c}"#, "x"))
        #expect(
            MetricsPage.example(cameras: board.current).text.contains(#"thermo_ingest_camera_images_total{camera="a\"b\\c}"} 1"# + "\n"))
    }

    @Test("tells what the journal takes, how long its syncs were, and what was written")
    func disk() {
        var intake = IntakeFigures()
        intake.journal.bytes = 4711
        for milliseconds in [3, 30, 7000] { intake.journal.syncs.observe(.milliseconds(milliseconds)) }
        let text = MetricsPage.example(intake: intake, diskWritten: 12345).text
        for line in [
            "journal_bytes 4711", "disk_written_bytes_total 12345", #"journal_sync_duration_seconds_bucket{le="0.005"} 1"#,
            #"journal_sync_duration_seconds_bucket{le="0.05"} 2"#, #"journal_sync_duration_seconds_bucket{le="+Inf"} 3"#,
            "journal_sync_duration_seconds_count 3", "journal_sync_duration_seconds_sum 7.033",
        ] {
            #expect(text.contains("\nthermo_ingest_\(line)\n"), "\(line)")
        }
    }
}

extension MetricsPage {
    /// Of a gateway that has just begun.
    static func example(intake: IntakeFigures = IntakeFigures(), cameras: [PublishedCameras.Camera] = [], diskWritten: Int = 0)
        -> MetricsPage
    {
        MetricsPage(
            intake: intake, delivery: DeliveryFigures(), redisRetries: { _ in 0 }, heldUntil: [:], notices: (0, 0), failures: [],
            isConnected: true,
            backends: [.minio, .postgres, .redis],
            cameras: cameras,
            clockOffset: nil, spool: SpoolFigures(), memoryLimit: 1 << 20, diskWritten: diskWritten, now: .current,
            wall: Timestamp(milliseconds: 0))
    }

    /// The names of all families, with the prefix, and whether each is a histogram.
    static var families: [String: Bool] {
        var families: [String: Bool] = [:]
        for line in example().text.split(separator: "\n") where line.hasPrefix("# TYPE ") {
            let words = line.split(separator: " ")
            families[String(words[2])] = words[3] == "histogram"
        }
        return families
    }
}
