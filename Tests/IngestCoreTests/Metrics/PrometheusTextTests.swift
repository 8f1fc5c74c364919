import Testing

@testable import IngestCore

@Suite("A page of metrics")
struct PrometheusTextTests {
    @Test("says what a family is, and gives its samples")
    func family() {
        var page = PrometheusText()
        page.family("images_total", .counter, "Pictures.", [([("reason", "timeout")], 3), ([("reason", "evicted")], 0.5)])
        #expect(
            page.text == """
                # HELP thermo_ingest_images_total Pictures.
                # TYPE thermo_ingest_images_total counter
                thermo_ingest_images_total{reason="timeout"} 3
                thermo_ingest_images_total{reason="evicted"} 0.5

                """)
    }

    @Test("escapes what a camera may be called")
    func escapes() {
        var page = PrometheusText()
        page.family("x", .gauge, "X.", [([("camera", "a\"b\\c\nd")], 1)])
        #expect(page.text.hasSuffix(#"thermo_ingest_x{camera="a\"b\\c\nd"} 1"# + "\n"))
    }

    @Test("adds the buckets of a histogram up")
    func histogram() {
        var histogram = Histogram([0.1, 1])
        for milliseconds in [50, 100, 500, 5000] { histogram.observe(.milliseconds(milliseconds)) }
        var page = PrometheusText()
        page.histogram("d_seconds", "Duration.", histogram)
        let lines = page.text.split(separator: "\n").dropFirst(2)
        #expect(
            Array(lines) == [
                #"thermo_ingest_d_seconds_bucket{le="0.1"} 2"#, #"thermo_ingest_d_seconds_bucket{le="1"} 3"#,
                #"thermo_ingest_d_seconds_bucket{le="+Inf"} 4"#, "thermo_ingest_d_seconds_sum 5.65", "thermo_ingest_d_seconds_count 4",
            ])
    }
}
