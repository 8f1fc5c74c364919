import IngestCore
import Testing

@testable import Clients
@testable import Ingest

@Suite("The database of a former service's .env")
struct FormerDatabaseTests {
    @Test(
        "reaches libpq as the former service gave it",
        arguments: [
            (
                ["DATABASE_URL": "postgresql+psycopg2://u:pa/s:s#100%@h:5432/db"],
                ["user": "u", "password": "pa/s:s#100%", "host": "h", "port": "5432", "dbname": "db"]
            ),
            (["DATABASE_URL": "postgresql+psycopg2://u:p@/db?host=a:1&host=b:2"], ["host": "a,b", "port": "1,2", "dbname": "db"]),
            (["DATABASE_URL": "postgresql+psycopg2://u@s:p@h/db"], ["user": "u@s", "host": "h", "password": "p"]),
            (["DB_HOST": "[::1]", "DB_NAME": "n"], ["host": "::1", "dbname": "n", "port": "5432"]),
            (["DB_HOST": "a,b", "DB_PORT": "1,2"], ["host": "a,b", "port": "1,2"]),
            (["DB_PASSWORD": "\"p w\"\r"], ["password": "p w"]),
        ])
    func target(environment: [String: String], values: [String: String]) throws {
        let settings = try Settings.load(path: nil, environment: environment, standardPath: "/nowhere")
        let target = try RecordStore.Settings(settings.configuration).target
        for (keyword, value) in values { #expect(target.values[keyword] == value) }
    }
}
