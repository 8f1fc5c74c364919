import Foundation
import TestServices
import Testing

@Suite("Once, without Redis")
struct OnceTests {
    @Test("holds for two gateways that hear every chunk: one row and one object a picture")
    func twoGateways() throws {
        let site = try Site()
        let second = try site.anotherGateway("gateway-2")
        try second.start()
        try second.waitUntilReady()
        let pictures = (0..<6).flatMap { number in
            [TestPicture("plain", number), TestPicture("named", number, imageID: "n\(number)")]
        }
        let cameras = try site.cameras()
        for picture in pictures { try cameras.publish(picture) }
        try eventually("both gateways to be done: \(second.tail)") {
            site.gateway.logLines("Saved image object").count == 12 && second.logLines("Saved image object").count == 12
        }
        try site.expectStoredOnce(pictures)
    }

    @Test("a named picture published again to a gateway that knows nothing ends in the same row and object; its status stays")
    func again() throws {
        let site = try Site()
        let picture = TestPicture("cam1", 1, imageID: "again")
        try site.cameras().publish(picture)
        let first = try #require(site.waitForRows(1).first)
        try site.sql("update thermo.image_objects set status = 'completed'")
        try site.gateway.terminate()

        let second = try site.anotherGateway("gateway-2")
        try second.start()
        try second.waitUntilReady()
        // A second later the key would have been another.
        try eventually("the next second") { Int64(Date().timeIntervalSince1970) > first.recorded_at / 1000 }
        try site.cameras().publish(picture)
        try second.waitForLog("Saved image object \(first.object_name) for camera cam1 (db image_id=\(first.id), original image_id=again)")
        let row = try #require(site.waitForRows(1).first)
        #expect(row.id == first.id && row.recorded_at == first.recorded_at && row.object_name == first.object_name)
        #expect(row.status == "completed" && row.created_at == first.created_at && row.updated_at > first.updated_at)
        #expect(try site.objects() == [first.object_name: picture.sha256])
    }

    @Test("other bytes under a used image id are a picture of their own")
    func otherBytes() throws {
        let site = try Site()
        let pictures = [TestPicture("cam1", 1, imageID: "used"), TestPicture("cam1", 2, imageID: "used")]
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
    }

    @Test("holds when the table was away during the upload: the object that turned out to be one too many is removed")
    func noticedLate() throws {
        let postgres = try PostgresServer()
        let site = try Site("[postgres]\ntimeout = \"2s\"") { $0.postgres = postgres }
        let picture = TestPicture("cam1", 1, imageID: "late")
        try site.cameras().publish(picture)
        let first = try #require(site.waitForRows(1).first)
        try site.gateway.terminate()
        let second = try site.anotherGateway("gateway-2")
        try second.start()
        try second.waitUntilReady()
        postgres.stop()
        try eventually("the next second") { Int64(Date().timeIntervalSince1970) > first.recorded_at / 1000 }
        try site.cameras().publish(picture)
        try eventually("the upload under another key") { try site.objects().count == 2 }
        try postgres.start()
        try second.waitForLog("Saved image object")
        let row = try #require(site.waitForRows(1).first)
        #expect(row.id == first.id && row.object_name == first.object_name && row.recorded_at == first.recorded_at)
        #expect(try site.objects() == [first.object_name: picture.sha256])
    }

    @Test("a row whose object is gone gets the new one")
    func objectGone() throws {
        let site = try Site()
        let picture = TestPicture("cam1", 1, imageID: "gone")
        try site.cameras().publish(picture)
        let first = try #require(site.waitForRows(1).first)
        try site.gateway.terminate()
        try site.removeObject(first.object_name)
        let second = try site.anotherGateway("gateway-2")
        try second.start()
        try second.waitUntilReady()
        try site.cameras().publish(picture)
        try second.waitForLog("Saved image object")
        let row = try #require(site.waitForRows(1).first)
        #expect(row.id == first.id)
        #expect(try site.objects() == [row.object_name: picture.sha256])
    }

    @Test("someone else's tables serve as well: ids without default, other text and JSON types, no unique device")
    func foreignSchema() throws {
        let site = try Site {
            $0.schema = """
                create schema thermo;
                create type thermo.object_status as enum ('pending', 'processing', 'completed', 'failed');
                create table thermo.devices (id uuid primary key, device_uid varchar(255) not null, name varchar(255), device_type varchar(50) not null,
                    location varchar(255), installed_at timestamptz, created_at timestamptz not null, updated_at timestamptz not null);
                create table thermo.image_objects (id uuid primary key, device_id uuid not null references thermo.devices (id),
                    recorded_at timestamptz not null, minio_bucket varchar(63) not null, object_name varchar(1024) not null,
                    object_version varchar(255), checksum varchar(64), image_type varchar(16) not null, status thermo.object_status not null,
                    metadata json, created_at timestamptz not null, updated_at timestamptz not null, unique (minio_bucket, object_name));
                create index on thermo.image_objects (device_id, recorded_at desc);
                """
        }
        let pictures = (0..<3).map { TestPicture("cam\($0 % 2)", $0, imageID: $0 == 2 ? "x" : nil) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
        #expect(try site.sql("select count(*) from thermo.devices") == "2")
    }
}
