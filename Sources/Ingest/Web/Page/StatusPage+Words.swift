extension StatusPage {
    /// The page's words in English and Thai. `{n}` and the like are filled in by the script.
    static let words = #"""

        "use strict";
        const words = {
          en: {
            other: "ไทย", otherCode: "th", skip: "To the cameras", asking: "Asking the gateway …",
            connections: "Connections", now: "Now", spool: "Spool", cameras: "Cameras",
            chunkRate: "Chunks a minute", pictureRate: "Pictures a minute", storedRate: "Stored a minute",
            stored: "Stored since the start", incomplete: "Given up incomplete", refused: "Messages refused",
            ok: "All is well", degraded: "Something is wrong", silent: "The gateway does not answer. Last answer {t}.",
            never: "The gateway does not answer.", works: "works", fails: "FAILS", since: "since {t}",
            mqtt: "Broker", postgres: "Database", minio: "Object store", redis: "Redis", clock: "Clock",
            filled: "{a} of {b}", spooled: "{n} pictures wait", oldest: "the oldest since {t}", next: "next try {t}",
            quarantined: "{n} in quarantine", empty: "Nothing waits.", noCameras: "No camera has been heard since the start.",
            taken: "Picture {t}", noPicture: "no picture yet", unseen: "the picture cannot be shown now",
            images: "{n} pictures", lost: "{n} incomplete", current: "{a} of {b} chunks of {i}", picture: "Newest picture of {c}",
            progress: "Chunks of {c}", more: "{n} more cameras are not shown"
          },
          th: {
            other: "English", otherCode: "en", skip: "ไปที่กล้อง", asking: "กำลังติดต่อเกตเวย์ …",
            connections: "การเชื่อมต่อ", now: "ขณะนี้", spool: "คิวในดิสก์", cameras: "กล้อง",
            chunkRate: "ชิ้นต่อนาที", pictureRate: "ภาพต่อนาที", storedRate: "จัดเก็บต่อนาที",
            stored: "จัดเก็บแล้วตั้งแต่เริ่ม", incomplete: "ภาพไม่ครบที่ทิ้งไป", refused: "ข้อความที่ปฏิเสธ",
            ok: "ทำงานปกติ", degraded: "มีบางอย่างผิดปกติ", silent: "เกตเวย์ไม่ตอบ ตอบครั้งสุดท้าย {t}",
            never: "เกตเวย์ไม่ตอบ", works: "ใช้งานได้", fails: "ขัดข้อง", since: "ตั้งแต่ {t}",
            mqtt: "โบรกเกอร์", postgres: "ฐานข้อมูล", minio: "ที่เก็บภาพ", redis: "Redis", clock: "นาฬิกา",
            filled: "{a} จาก {b}", spooled: "รออยู่ {n} ภาพ", oldest: "เก่าสุด {t}", next: "ลองใหม่ {t}",
            quarantined: "กักไว้ {n} ภาพ", empty: "ไม่มีภาพรออยู่", noCameras: "ยังไม่ได้รับข้อมูลจากกล้องใดตั้งแต่เริ่ม",
            taken: "ภาพเมื่อ {t}", noPicture: "ยังไม่มีภาพ", unseen: "ขณะนี้แสดงภาพไม่ได้",
            images: "{n} ภาพ", lost: "ไม่ครบ {n}", current: "ได้ {a} จาก {b} ชิ้นของ {i}", picture: "ภาพล่าสุดของ {c}",
            progress: "ชิ้นของ {c}", more: "ยังมีกล้องอีก {n} ตัวที่ไม่ได้แสดง"
          }
        };

        """#
}
