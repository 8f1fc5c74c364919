import Foundation
import TestServices
import Testing

@Suite("thermo-ingest doctor")
struct DoctorCommandTests {
    struct Report: Decodable {
        struct Check: Decodable {
            let check, step, verdict, detail: String
            let ok: Bool
            let fix: String?
        }
        let ok: Bool
        let checks: [Check]

        func failed(_ check: String) -> Check? { checks.first { $0.check == check && !$0.ok } }
    }

    private func examine(_ site: Site, _ overrides: String = "", environment: [String: String] = [:]) throws -> (ProgramRun, Report) {
        var configuration = site.configuration
        configuration.add(overrides)
        let config = site.folder.file("doctor-\(UUID().uuidString.prefix(6)).toml")
        try configuration.text.write(to: config, atomically: true, encoding: .utf8)
        let end = try run([gatewayProgram, "doctor", "--json", "--config", config.path], environment: environment, within: 60)
        return (end, try JSONDecoder().decode(Report.self, from: Data(end.output.utf8)))
    }

    @Test("finds nothing wrong where nothing is, and leaves no trace beside a running gateway")
    func good() throws {
        let redis = try RedisServer()
        let site = try Site("[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"")
        let pictures = (0..<3).map { TestPicture("cam\($0)", $0) }
        for picture in pictures { try site.cameras().publish(picture) }
        let (end, report) = try examine(site)
        #expect(end.status == 0 && report.ok, "\(end.output) \(end.errors)")
        let steps = Set(report.checks.map { "\($0.check) \($0.step)" })
        for step in [
            "mqtt connect", "mqtt subscribe", "mqtt session", "minio bucket", "minio put", "minio read back", "minio delete",
            "postgres connect",
        ]
            + [
                "postgres tables", "postgres insert", "redis connect", "redis write", "redis scripts", "spool folder", "spool write",
                "spool space",
                "clock offset",
            ]
        {
            #expect(steps.contains(step), "\(step)")
        }
        try site.expectStoredOnce(pictures)
        #expect(try site.sql("select count(*) from thermo.devices where device_uid like '%doctor%'") == "0")
        #expect(try FileManager.default.contentsOfDirectory(atPath: site.folder.file("spool").path).allSatisfy { !$0.contains("doctor") })
        #expect(!site.gateway.log.contains("took the session over") && site.gateway.health?.status == "ok")
        #expect(site.broker.log.contains("thermo-ingest-doctor-"))
    }

    @Test("prints a table, and each failure with its fix")
    func table() throws {
        let site = try Site { $0.starts = false }
        site.broker.kill()
        let end = try run([gatewayProgram, "doctor", "--config", site.gateway.config.path], within: 60)
        #expect(end.status == 69)
        let lines = end.output.split(separator: "\n").map(String.init)
        let line = try #require(lines.firstIndex { $0.hasPrefix("FAILED  mqtt     connect") }, "\(end.output)")
        #expect(lines[line].contains("Connection refused") && lines[line + 1].hasPrefix("        fix: start the broker"))
        #expect(lines.contains { $0.hasPrefix("ok      postgres insert") } && lines.last == "1 failure")
    }

    @Test("tells a wrong password at the broker and a missing right apart")
    func broker() throws {
        let closed = try Site {
            $0.broker.users = ["thermo": "right"]; $0.starts = false
        }
        let (end, wrong) = try examine(closed, "[mqtt]\nusername = \"thermo\"\npassword = \"wrong-4711\"")
        #expect(end.status == 69 && wrong.failed("mqtt")?.fix?.contains("username and password") == true, "\(end.output)")
        #expect(!end.output.contains("wrong-4711"))

        let narrow = try Site {
            $0.broker.allowedFilters = ["other/#"]; $0.starts = false
        }
        #expect(try examine(narrow).1.failed("mqtt").map { $0.step == "subscribe" && $0.fix?.contains("topic") == true } == true)
    }

    @Test("finds a broker that grants the subscription and delivers nothing, and says what it could not find out")
    func deaf() throws {
        let deaf = try Site { $0.broker.accessRules = ["topic write camera/#"] }
        #expect(deaf.gateway.health?["mqtt"]?.ok == true)
        let (end, report) = try examine(deaf)
        let failure = try #require(report.failed("mqtt"), "\(end.output)")
        #expect(
            end.status == 69 && failure.step == "messages" && failure.fix?.contains("topic read camera/+/image_json") == true, "\(failure)")
        // The gateway passed over what it would have heard; the camera that there is not left no trace.
        #expect(try deaf.sql("select count(*) from thermo.devices") == "0")

        let mute = try Site {
            $0.broker.accessRules = ["topic read camera/#"]
            $0.starts = false
        }
        for version in ["5", "3.1.1"] {
            let (_, quiet) = try examine(mute, "[mqtt]\nversion = \"\(version)\"")
            let finding = try #require(quiet.checks.first { $0.step == "messages" })
            #expect(finding.verdict == "warning" && finding.detail.contains("could not be found out") && finding.fix != nil, "\(finding)")
        }
    }

    @Test("sends through the broker what no gateway takes for a chunk, one message for each filter")
    func probe() throws {
        let site = try Site("[mqtt]\ntopic = [\"camera/+/image_json\", \"site/#\"]")
        let (end, report) = try examine(site)
        let findings = report.checks.filter { $0.step == "messages" }
        #expect(end.status == 0 && findings.count == 2 && findings.allSatisfy { $0.ok && $0.detail.contains("came back") }, "\(end.output)")
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
        #expect(
            !site.gateway.log.contains("Refused a message") && site.gateway.metric("chunks_rejected_total{reason=\"field_missing\"}") == 0)
        #expect(site.gateway.get("/cameras")?.text.contains("doctor") == false)
    }

    @Test("tells what is wrong with the object store")
    func store() throws {
        let site = try Site { $0.starts = false }
        let dead = try examine(site, "[s3]\nendpoint = \"http://127.0.0.1:\(try freePort())\"")
        #expect(dead.0.status == 69 && dead.1.failed("minio")?.step == "bucket" && dead.1.failed("minio")?.fix != nil, "\(dead.0.output)")
        let (end, wrong) = try examine(site, "[s3]\nsecret_key = \"wrong-secret-4711\"")
        #expect(end.status == 69 && wrong.failed("minio")?.fix?.contains("secret_key") == true, "\(end.output)")
        #expect(!end.output.contains("wrong-secret-4711"))
        let missing = try examine(site, "[s3]\nbucket = \"not-there-4711\"\ncreate_bucket = false")
        #expect(missing.1.failed("minio")?.step == "bucket" && missing.1.failed("minio")?.fix?.contains("bucket") == true)
        // Makes the bucket, as the gateway would; then somebody who may only read.
        _ = try examine(site)
        let keys = "[s3]\naccess_key = \"\(SeaweedServer.readerAccessKey)\"\nsecret_key = \"\(SeaweedServer.readerSecretKey)\""
        #expect(try examine(site, keys).1.failed("minio")?.step == "put")
    }

    @Test("tells what is wrong with the database")
    func database() throws {
        let site = try Site { $0.starts = false }
        let dead = try examine(site, "[postgres]\nurl = \"postgresql://postgres@127.0.0.1:\(try freePort())/x\"")
        #expect(
            dead.0.status == 69 && dead.1.failed("postgres")?.step == "connect"
                && dead.1.failed("postgres")?.fix?.contains("start PostgreSQL") == true)
        let (end, wrong) = try examine(site, "[postgres]\npassword = \"wrong-4711\"")
        #expect(
            end.status == 69 && wrong.failed("postgres")?.fix?.contains("password is wrong") == true && !end.output.contains("wrong-4711"),
            "\(end.output)")

        try site.sql("alter table thermo.image_objects rename column checksum to sum")
        let column = try #require(examine(site).1.failed("postgres"))
        #expect(column.step == "tables" && column.detail.contains("image_objects.checksum") && column.fix?.contains("schema.sql") == true)
        try site.sql("alter table thermo.image_objects rename column sum to checksum")
        try site.sql("alter table thermo.image_objects rename to elsewhere")
        #expect(try examine(site).1.failed("postgres")?.detail.contains("image_objects (the whole table)") == true)
        try site.sql("alter table thermo.elsewhere rename to image_objects")

        let user = "reader_\(UUID().uuidString.prefix(8).lowercased())"
        try site.sql(
            "create user \(user) password 'x4711'; grant usage on schema thermo to \(user); grant select on all tables in schema thermo to \(user)"
        )
        let url = "postgresql://\(user)@127.0.0.1:\(site.postgres.port)/\(site.database)"
        let right = try #require(examine(site, "[postgres]\nurl = \"\(url)\"\npassword = \"x4711\"").1.failed("postgres"))
        #expect(right.step == "insert" && right.fix?.contains("grant") == true, "\(right)")
        #expect(try site.rowCount() == 0)
    }

    @Test("tells what is wrong with Redis and with the spool's folder")
    func redisAndSpool() throws {
        let site = try Site { $0.starts = false }
        let redis = try RedisServer(password: "right")
        let url = "[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\""
        let (end, wrong) = try examine(site, url + "\npassword = \"wrong-4711\"")
        #expect(end.status == 69 && wrong.failed("redis")?.fix?.contains("password") == true && !end.output.contains("wrong-4711"))
        // Who may do all that plain commands do, and none of what gateways do.
        _ = try TestServices.run(
            "/usr/bin/redis-cli", "-p", "\(redis.port)", "-a", "right", "--no-auth-warning", "ACL", "SETUSER", "meek", "on", ">pw", "~*",
            "+@all",
            "-@scripting")
        let meek = "[redis]\nurl = \"redis://meek:pw@127.0.0.1:\(redis.port)/0\""
        for extra in ["", "\nshare_chunks = true\n[mqtt]\nshared_group = \"g\""] {
            let refused = try examine(site, meek + extra).1.failed("redis")
            #expect(refused?.step == "scripts" && refused?.fix?.contains("EVAL") == true, "\(String(describing: refused))")
        }
        redis.kill()
        #expect(try examine(site, url).1.failed("redis")?.fix?.contains("start Redis") == true)

        let nowhere = try examine(site, "[spool]\ndirectory = \"/nonexistent/4711/spool\"")
        #expect(nowhere.0.status == 69 && nowhere.1.failed("spool")?.fix?.contains("install -d") == true)
        let file = site.folder.file("a-file")
        try Data().write(to: file)
        #expect(try examine(site, "[spool]\ndirectory = \"\(file.path)\"").1.failed("spool")?.detail.contains("no folder") == true)
        #expect(try examine(site, "[spool]\nkeep_free = \"900TiB\"").1.failed("spool")?.step == "space")
    }
}
