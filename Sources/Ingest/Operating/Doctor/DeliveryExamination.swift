import Clients
import IngestCore

/// Sees whether messages reach who subscribed to a topic filter, by publishing one of its own under it. A broker may grant a
/// subscription and then deliver nothing: mosquitto's acl_file never refuses SUBSCRIBE, only each message on its way.
///
/// The first message goes out at QoS 0, which is kept for nobody who is away. Only if it does not come back, one of QoS 1 follows, for
/// the broker's answer to it tells who may not do what. Gateways know both by their bytes, and pass over them.
struct DeliveryExamination {
    private static let patience = Duration.seconds(2)

    private final class Arrivals {
        var probes: Set<[UInt8]> = []
        var isCameraHeard = false
    }

    private let visit: BrokerVisit
    private let filter: String
    private let topic: String?

    /// - Parameters:
    ///   - visit: subscribed to `filter`.
    ///   - name: a camera that there is not.
    init(_ visit: BrokerVisit, filter: String, name: String) {
        self.visit = visit
        self.filter = filter
        topic = DoctorProbe.topic(under: filter, name: name)
    }

    func run(_ note: (Finding) -> Void) {
        guard let topic else {
            return note(unknown("nobody but the broker publishes under \(filter)"))
        }
        var watch = Stopwatch()
        let arrivals = Arrivals()
        let pattern = try? TopicFilter(filter)
        visit.received = { name, payload in
            if DoctorProbe.matches(payload) {
                arrivals.probes.insert(Array(payload))
            } else if pattern?.match(name) != nil {
                arrivals.isCameraHeard = true
            }
        }
        defer { visit.received = { _, _ in } }
        do throws(MosquittoError) {
            for qos in [0, 1] {
                let probe = DoctorProbe.payload(.random(in: 0...UInt64.max))
                let identifier = try visit.client.publish(topic: topic, payload: probe.span, qos: qos)
                let isHeard = try visit.turn(atMost: Self.patience) { arrivals.probes.contains(probe) || arrivals.isCameraHeard }
                if isHeard {
                    let what = arrivals.isCameraHeard ? "a camera's came, under \(filter)" : "one published to \(topic) came back"
                    return note(Finding(.mqtt, "messages", .good, what, took: watch.lap()))
                }
                if qos == 1 { return note(verdict(visit.published[identifier], topic)) }
            }
        } catch {
            note(unknown("the broker hung up on who published to \(topic) (\(error)); it may be that this user may not"))
        }
    }

    /// - Parameter reason: the broker's answer to a message of QoS 1 that did not come back; nil: there was none.
    private func verdict(_ reason: CInt?, _ topic: String) -> Finding {
        guard let reason else { return unknown("the broker did not answer what was published to \(topic)") }
        if reason >= 128 {
            return unknown("this user may not publish to \(topic) (\(MQTTReason(code: UInt8(truncatingIfNeeded: reason))))")
        }
        guard visit.client.settings.version == .v5 else {
            return unknown(
                "what was published to \(topic) did not come back; MQTT 3.1.1 does not say whether this user may not publish there, or not read"
            )
        }
        return Finding(
            .mqtt, "messages", .failed,
            "the broker took a message for \(topic) and did not deliver it: this user may subscribe to \(filter), but not read what comes there",
            fix: "let this user read [mqtt] topic at the broker (mosquitto's acl_file: topic read \(filter))")
    }

    private func unknown(_ why: String) -> Finding {
        Finding(
            .mqtt, "messages", .warning, "whether messages under \(filter) reach the gateway could not be found out: \(why)",
            fix:
                "see that a camera's message arrives (mqtt_messages_received_total of the running gateway), and that this user may read \(filter) at the broker"
        )
    }
}
