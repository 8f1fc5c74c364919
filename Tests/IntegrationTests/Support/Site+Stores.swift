import Clients
import Foundation
import Ingest
import IngestCore
import TestServices
import Testing

extension Site {
    // MARK: - The table

    /// A row of image_objects with its device's uid.
    struct Row: Decodable {
        struct Metadata: Decodable, Equatable {
            let source_topic, image_id, image_id_source, content_type, gateway: String
            let size, chunks: Int
        }

        let id, device_uid, device_name, minio_bucket, object_name, checksum, image_type, status: String
        let object_version: String?
        /// Milliseconds since 1970.
        let recorded_at, created_at, updated_at: Int64
        let metadata: Metadata
        /// The names of all members of `metadata`.
        let members: [String]
    }

    /// All rows, oldest first.
    func rows(_ condition: String = "true") throws -> [Row] {
        func milliseconds(_ column: String) -> String { "(extract(epoch from o.\(column)) * 1000)::bigint as \(column)" }
        let text = try sql(
            """
            select coalesce(json_agg(r), '[]') from (
                select o.id::text, d.device_uid, d.name as device_name, minio_bucket, object_name, object_version, checksum,
                    image_type, status::text, \(milliseconds("recorded_at")), \(milliseconds("created_at")), \(milliseconds("updated_at")),
                    metadata::jsonb as metadata, (select json_agg(k order by k) from jsonb_object_keys(metadata::jsonb) k) as members
                from thermo.image_objects o join thermo.devices d on d.id = o.device_id
                where \(condition) order by o.recorded_at, o.object_name) r
            """)
        return try JSONDecoder().decode([Row].self, from: Data(text.utf8))
    }

    func rowCount() throws -> Int { Int(try sql("select count(*) from thermo.image_objects")) ?? -1 }

    @discardableResult
    func sql(_ text: String) throws -> String { try postgres.sql(text, database: database) }

    /// Waits until there are that many rows, and gives them.
    @discardableResult
    func waitForRows(_ count: Int, within seconds: TimeInterval = 60) throws -> [Row] {
        do {
            try eventually("\(count) rows", within: seconds, every: 0.05) { (try? rowCount()) == count }
        } catch {
            throw ServiceError("\(error); there are \((try? rowCount()) ?? -1); the log ends with\n\(gateway.tail)")
        }
        return try rows()
    }

    // MARK: - The bucket

    /// Key and SHA-256 of the bytes of every object, downloaded.
    func objects(bucket: String? = nil) throws -> [String: String] {
        let end = try rclone("hashsum", "sha256", "--download", "--transfers", "8", "--checkers", "8", "store:\(bucket ?? self.bucket)")
        guard end.status == 0 else {
            if end.errors.contains("not found") || end.errors.contains("NoSuchBucket") { return [:] }
            throw ServiceError("rclone: \(end.errors)")
        }
        var objects: [String: String] = [:]
        for line in end.output.split(separator: "\n") {
            guard let space = line.range(of: "  ") else { continue }
            objects[String(line[space.upperBound...])] = String(line[..<space.lowerBound])
        }
        return objects
    }

    func removeObject(_ key: String) throws {
        let end = try rclone("deletefile", "store:\(bucket)/\(key)")
        guard end.status == 0 else { throw ServiceError("rclone: \(end.errors)") }
    }

    /// Puts a file into the bucket, as somebody else would.
    func copy(_ file: URL, to key: String, _ options: [String] = []) throws {
        let end = try rclone(["copyto", file.path, "store:\(bucket)/\(key)"] + options)
        guard end.status == 0 else { throw ServiceError("rclone: \(end.errors)") }
    }

    /// An object's headers, names in lower case, as the server keeps them.
    func headers(of key: String) throws -> [String: String] {
        var settings = Configuration().s3
        settings.endpoint = storeEndpoint
        settings.accessKey = Secret(SeaweedServer.accessKey)
        settings.secretKey = Secret(SeaweedServer.secretKey)
        let signed = try RequestSigner(settings).sign(.head(bucket: bucket, key: key))
        let fields = signed.headers.flatMap { ["-H", "\($0.name): \($0.value)"] }
        let end = try run(["/usr/bin/curl", "-sS", "-k", "-I", "--path-as-is", "--noproxy", "*"] + fields + [signed.url], within: 20)
        let lines = end.output.split(whereSeparator: { $0.isNewline })
        guard lines.first?.contains(" 200") == true else { throw ServiceError("HEAD \(key): \(end.output) \(end.errors)") }
        return lines.dropFirst().reduce(into: [:]) { headers, line in
            guard let colon = line.firstIndex(of: ":") else { return }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    private func rclone(_ arguments: String...) throws -> ProgramRun { try rclone(arguments) }

    private func rclone(_ arguments: [String]) throws -> ProgramRun {
        try run(
            // rclone 1.60 fails at once where AWS_CA_BUNDLE is set.
            ["/usr/bin/env", "-u", "AWS_CA_BUNDLE", "/usr/bin/rclone"] + arguments + [
                "--retries", "2", "--low-level-retries", "3", "--contimeout", "5s", "--timeout", "60s",
            ],
            environment: [
                "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_STORE_TYPE": "s3", "RCLONE_CONFIG_STORE_PROVIDER": "Other",
                "RCLONE_CONFIG_STORE_ENDPOINT": storeEndpoint, "RCLONE_CONFIG_STORE_FORCE_PATH_STYLE": "true",
                "RCLONE_CONFIG_STORE_REGION": "us-east-1", "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": SeaweedServer.accessKey,
                "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": SeaweedServer.secretKey, "NO_PROXY": "127.0.0.1",
            ], within: 300)
    }

    // MARK: - The promise

    /// Waits until every picture is stored, and checks that each is there once: one row, one object of the same bytes, and nothing else.
    func expectStoredOnce(_ pictures: [TestPicture], within seconds: TimeInterval = 60, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        try expectStoredOnce(pictures.map { ($0.camera, $0.sha256) }, within: seconds, sourceLocation: sourceLocation)
    }

    /// - Parameter pictures: camera and SHA-256 of each.
    func expectStoredOnce(
        _ pictures: [(camera: String, sha256: String)], within seconds: TimeInterval = 60, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let rows = try waitForRows(pictures.count, within: seconds)
        let objects = try self.objects()
        let recorded = rows.map { "\($0.device_uid) \($0.checksum)" }.sorted()
        #expect(recorded == pictures.map { "\($0.camera) \($0.sha256)" }.sorted(), sourceLocation: sourceLocation)
        #expect(Set(objects.keys) == Set(rows.map(\.object_name)), sourceLocation: sourceLocation)
        for row in rows { #expect(objects[row.object_name] == row.checksum, "\(row.object_name)", sourceLocation: sourceLocation) }
    }
}
