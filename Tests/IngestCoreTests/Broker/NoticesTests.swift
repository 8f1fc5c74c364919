import IngestCore
import Testing

@Suite("A topic with placeholders")
struct TopicTemplateTests {
    private func topic(_ text: String, uid: String = "cam7") throws -> String {
        try TopicTemplate(text, known: [.cameraUID, .clientID]).topic { $0 == .cameraUID ? uid : "gateway" }
    }

    @Test("is filled in")
    func filled() throws {
        #expect(try topic("camera/{camera_uid}/stored") == "camera/cam7/stored")
        #expect(try topic("{client_id}/{camera_uid}") == "gateway/cam7" && topic("plain") == "plain")
        #expect(try topic("{camera_uid}{camera_uid}", uid: "é~ %") == "é~ %é~ %")
    }

    @Test("stays one topic of as many levels, whatever a camera is called")
    func reserved() throws {
        #expect(try topic("camera/{camera_uid}/stored", uid: "a/b+c#d") == "camera/a%2Fb%2Bc%23d/stored")
        #expect(try topic("{camera_uid}/stored", uid: "$SYS") == "%24SYS/stored" && topic("x/{camera_uid}", uid: "$a") == "x/$a")
    }

    @Test(
        "is refused with a wildcard, a placeholder nobody knows, or under the broker's own topics",
        arguments: [
            ("", TopicTemplate.Mistake.empty), ("a/+/b", .wildcard), ("a/#", .wildcard), ("a\0", .wildcard), ("$SYS/x", .reserved),
            ("a/{uid}", .unknown("uid")), ("a/{camera_uid", .brace), ("a}/b", .brace), ("{{camera_uid}}", .unknown("{camera_uid")),
            (String(repeating: "a", count: 60_001), .tooLong),
        ])
    func mistakes(text: String, mistake: TopicTemplate.Mistake) {
        #expect(throws: mistake) { try TopicTemplate(text, known: [.cameraUID]) }
    }
}

@Suite("Notices that wait")
struct NoticeQueueTests {
    private func notice(_ number: Int) -> NoticeQueue.Notice { NoticeQueue.Notice(topic: "\(number)", payload: []) }

    @Test("are at most a thousand, those under way included; the oldest of the others is given up and counted")
    func bounded() {
        var queue = NoticeQueue()
        for number in 0..<1000 { queue.add(notice(number)) }
        #expect(queue.dropped == 0)
        for identifier in 0..<10 { if let next = queue.next() { queue.published(next, as: Int32(identifier)) } }
        queue.add(notice(1000))
        let next = queue.next()
        #expect(queue.dropped == 1 && next?.topic == "11")
        for number in 1001..<3000 { queue.add(notice(number)) }
        var left = 0
        while queue.next() != nil { left += 1 }
        #expect(left + queue.underWayCount == 1000)
    }

    @Test("go again in their order, before what waits, when the connection ends; those that were answered do not")
    func again() {
        var queue = NoticeQueue()
        for number in 0..<5 { queue.add(notice(number)) }
        for identifier in [7, 3, 9] as [Int32] { if let next = queue.next() { queue.published(next, as: identifier) } }
        let answered = queue.answered(3, .taken), again = queue.answered(3, .taken)
        #expect(answered?.topic == "1" && again == nil)
        queue.connectionEnded()
        #expect(queue.underWayCount == 0)
        var order: [String] = []
        while let next = queue.next() { order.append(next.topic) }
        #expect(order == ["0", "2", "3", "4"] && queue.isEmpty && queue.dropped == 0)
    }

    @Test("count as given up when the broker refuses them, and as unheard when it has nobody to give them to")
    func refused() {
        var queue = NoticeQueue()
        for number in 1...3 {
            queue.add(notice(number))
            if let next = queue.next() { queue.published(next, as: Int32(number)) }
        }
        let answers = [Int32(0x87), 16, 0].enumerated().map { queue.answered(Int32($0 + 1), .init(reason: $1))?.topic }
        #expect(answers == ["1", "2", "3"] && queue.dropped == 1 && queue.unheard == 1 && queue.isEmpty)
    }
}

@Suite("The gateway's state, told")
struct StatusPaceTests {
    @Test("goes out at every change, once a second at most, and once a minute in any case")
    func pace() {
        let start = Instant(sinceBoot: .seconds(5))
        var pace = StatusPace()
        func told(_ state: String, _ milliseconds: Int64) -> Bool { pace.isDue(state, now: start + .milliseconds(milliseconds)) }
        let first = [told("ok", 0), told("degraded", 999), told("degraded", 1000), told("degraded", 60_000), told("degraded", 61_000)]
        #expect(first == [true, false, true, false, true])
        // Back before it was told: no change.
        let flapping = [told("ok", 61_500), told("degraded", 63_000)]
        #expect(flapping == [false, false])
        pace.forget()
        let again = told("degraded", 63_000)
        #expect(again)
    }
}
