import IngestCore
import Platform

/// The page's words in one language. `{n}` and the like are filled in by its script; of two forms apart by `|`, the first is for one.
struct PageWords {
    let entries: [(name: String, text: String)]

    init(_ language: PageLanguage) {
        let lines = language == .th ? Self.thai : Self.english
        entries = lines.split(separator: "\n").compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            return (String(line[..<equals]), String(line[line.index(after: equals)...]))
        }
    }

    /// Puts words where `{{name}}` stands. They hold nothing that means something in HTML.
    func fill(_ template: String) -> String {
        let texts = Dictionary(entries.map { ($0.name, $0.text) }) { _, last in last }
        var filled = ""
        var rest = template[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let name = String(rest[open.upperBound..<close.lowerBound])
            filled += rest[..<open.lowerBound]
            filled += texts[name] ?? name
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    /// One object.
    var json: String { "{" + entries.map { "\(LogText.json($0.name)):\(LogText.json($0.text))" }.joined(separator: ",") + "}" }

    static let english = """
        other=ไทย
        otherCode=th
        skip=To the cameras
        asking=Asking the gateway …
        needs=This page needs JavaScript. The same in plain:
        ok=All is well
        degraded=Needs attention: {l}
        last=It last answered {t}.
        silent=The gateway does not answer.
        connections=Connections
        works=works
        fails=fails
        since=began {t}
        mqtt=Broker
        minio=Object store
        postgres=Database
        redis=Redis
        spool=Spool
        clock=Clock
        waiting=Waiting on disk
        none=No picture waits
        waits=1 picture waits|{n} pictures wait
        gauge=Room used in the spool
        filled={a} of {b} used
        free={a} free on the disk
        oldest=Oldest picture
        next=Next try
        soon=now
        quarantined=In quarantine
        unreadable=Cannot be read
        rejected=Refused messages kept
        hour=The last hour
        received=Received
        stored=Stored
        lost=Given up incomplete
        chart=Pictures a minute. Highest: {a}. In the last whole minute {b} received, {c} stored, {d} given up incomplete.
        counting=The first minute is being counted.
        from=60 min ago
        to=now
        perMinute=a minute
        chunks=Chunks a minute
        pictures=Pictures a minute
        storedRate=Stored a minute
        sinceStart=Since the start:
        allStored=1 picture stored|{n} pictures stored
        allLost=1 given up incomplete|{n} given up incomplete
        allRefused=1 message refused|{n} messages refused
        cameras=Cameras
        find=Find a camera
        noCameras=No camera has been heard since the start.
        noMatch=No camera is called that.
        more=1 more camera: find it by its name|{n} more cameras: find them by their names
        noPicture=No picture yet
        loading=Loading …
        unseen=The picture cannot be shown now
        inSpool=waits on disk
        suspect=the picture is cut off
        unsynchronised=not synchronised
        onWay=newer one on its way
        images=1 picture|{n} pictures
        incomplete=1 incomplete|{n} incomplete
        current={a} of {b} chunks
        missing=missing: {m}
        progress=Chunks of the picture that is coming in
        picture=Newest picture of {c}

        """

    static let thai = """
        other=English
        otherCode=en
        skip=ข้ามไปที่กล้อง
        asking=กำลังติดต่อเกตเวย์ …
        needs=หน้านี้ต้องใช้ JavaScript ดูข้อมูลเดียวกันแบบข้อความได้ที่:
        ok=ทุกอย่างทำงานปกติ
        degraded=ต้องตรวจสอบ: {l}
        last=ตอบครั้งล่าสุดเมื่อ {t}
        silent=เกตเวย์ไม่ตอบสนอง
        connections=การเชื่อมต่อ
        works=ปกติ
        fails=ขัดข้อง
        since=เริ่มเมื่อ {t}
        mqtt=โบรกเกอร์
        minio=คลังเก็บภาพ
        postgres=ฐานข้อมูล
        redis=Redis
        spool=ที่พักภาพ
        clock=นาฬิกา
        waiting=ภาพที่รอส่งบนดิสก์
        none=ไม่มีภาพรอส่ง
        waits=มีภาพรอส่ง {n} ภาพ
        gauge=พื้นที่พักภาพที่ใช้ไป
        filled=ใช้ไป {a} จาก {b}
        free=ดิสก์ว่าง {a}
        oldest=ภาพเก่าที่สุด
        next=ลองส่งครั้งต่อไป
        soon=ขณะนี้
        quarantined=ภาพที่ถูกกักไว้
        unreadable=ภาพที่อ่านไม่ได้
        rejected=ข้อความที่ถูกปฏิเสธและเก็บไว้
        hour=หนึ่งชั่วโมงที่ผ่านมา
        received=ได้รับ
        stored=จัดเก็บแล้ว
        lost=ไม่ครบจึงทิ้ง
        chart=จำนวนภาพต่อนาที สูงสุด {a} นาทีล่าสุดได้รับ {b} จัดเก็บแล้ว {c} ไม่ครบจึงทิ้ง {d}
        counting=กำลังนับนาทีแรก
        from=60 นาทีก่อน
        to=ขณะนี้
        perMinute=ต่อนาที
        chunks=ชิ้นส่วนต่อนาที
        pictures=ภาพต่อนาที
        storedRate=จัดเก็บต่อนาที
        sinceStart=ตั้งแต่เริ่มทำงาน:
        allStored=จัดเก็บแล้ว {n} ภาพ
        allLost=ไม่ครบจึงทิ้ง {n} ภาพ
        allRefused=ปฏิเสธ {n} ข้อความ
        cameras=กล้อง
        find=ค้นหากล้อง
        noCameras=ยังไม่ได้รับข้อมูลจากกล้องใดเลยตั้งแต่เริ่มทำงาน
        noMatch=ไม่มีกล้องชื่อนี้
        more=ยังมีกล้องอีก {n} ตัว ค้นหาได้จากชื่อ
        noPicture=ยังไม่มีภาพ
        loading=กำลังโหลด …
        unseen=ขณะนี้แสดงภาพไม่ได้
        inSpool=รอส่งอยู่บนดิสก์
        suspect=ภาพขาดตอนท้าย
        unsynchronised=ยังไม่ได้ซิงค์เวลา
        onWay=กำลังจัดเก็บภาพใหม่
        images={n} ภาพ
        incomplete=ไม่ครบ {n} ภาพ
        current=ได้ {a} จาก {b} ชิ้น
        missing=ขาดชิ้นที่ {m}
        progress=ชิ้นส่วนของภาพที่กำลังรับ
        picture=ภาพล่าสุดของ {c}

        """
}
