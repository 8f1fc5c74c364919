import IngestCore
import Testing

@Suite("A session that the broker keeps")
struct BrokerSessionTests {
    private static let day: Int64 = 86_400
    private let name = BrokerSession.Name(broker: "mqtt://127.0.0.1:1883", clientID: "gateway", expiry: 7 * day)
    private static let seen: Int64 = 1_800_000_000_000

    private func session(kept: Int64 = 7 * day, dropped: Int? = nil, at seconds: Int64 = 0) -> BrokerSession {
        BrokerSession(name: name, seen: moment(seconds), kept: kept, dropped: dropped)
    }

    private func moment(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: Self.seen + seconds * 1000) }

    @Test("is lost when it is missing under its name before it expired")
    func lost() {
        #expect(session().isLost(ifMissingAs: name, now: moment(1)))
        #expect(session().isLost(ifMissingAs: name, now: moment(7 * Self.day - 1)))
        #expect(!session().isLost(ifMissingAs: name, now: moment(7 * Self.day)))
        // A broker that keeps it for less than was asked.
        #expect(
            !session(kept: 60).isLost(ifMissingAs: name, now: moment(60)) && session(kept: 60).isLost(ifMissingAs: name, now: moment(59)))
        // Without a clock of its own a box believes that it is 1970.
        #expect(session().isLost(ifMissingAs: name, now: Timestamp(milliseconds: 5000)))
    }

    @Test("is not lost when somebody meant to begin anew")
    func intended() {
        for change: (inout BrokerSession.Name) -> Void in [
            { $0.broker = "mqtt://elsewhere:1883" }, { $0.clientID = "another" }, { $0.expiry = 3600 },
        ] {
            var changed = name
            change(&changed)
            #expect(!session().isLost(ifMissingAs: changed, now: moment(1)))
        }
    }

    @Test("is written down anew once an hour at most while nothing but time goes on, once a minute where messages are dropped")
    func writing() {
        #expect(!session().isOutdated(by: session(at: 3599)) && session().isOutdated(by: session(at: 3600)))
        #expect(!session(dropped: 1).isOutdated(by: session(dropped: 2, at: 59)))
        #expect(session(dropped: 1).isOutdated(by: session(dropped: 2, at: 60)))
        #expect(session(kept: 80).isOutdated(by: session(kept: 80, at: 60)) && session().isOutdated(by: session(kept: 80)))
        // Set back, its clock says nothing of when the gateway was last connected.
        #expect(session().isOutdated(by: session(at: -1)))
    }
}
