import Testing

@testable import Clients

@Suite("A PostgreSQL error")
struct PostgresErrorTests {
    @Test("finds the state of a refused login in libpq's text, and leaves out where the server's source says so")
    func state() {
        let error = PostgresError.connecting(
            """
            connection to server at "box" (10.0.0.1), port 5432 failed: FATAL:  28P01: password authentication failed for user "ann"
            LOCATION:  auth_failed, auth.c:326

            """, hiding: "ann's")
        #expect(error.kind == .server)
        #expect(error.sqlState == "28P01")
        #expect(
            error.description
                == "PostgreSQL connect: 28P01 connection to server at \"box\" (10.0.0.1), port 5432 failed: FATAL:  28P01: password authentication failed for user \"ann\""
        )
    }

    @Test(
        "tells a certificate's trouble, a mistake of the configuration and a server out of reach apart",
        arguments: [
            ("SSL error: certificate verify failed", PostgresError.Kind.tls),
            ("server certificate for \"a\" does not match host name \"b\"", .tls),
            ("server does not support SSL, but SSL was required", .tls),
            ("root certificate file \"/x\" does not exist", .tls),
            ("fe_sendauth: no password supplied", .setup),
            ("invalid sslmode value: \"maybe\"", .setup),
            ("connection to server at \"box\", port 5432 failed: Connection refused", .unreachable),
            ("could not translate host name \"box\" to address: Temporary failure in name resolution", .unreachable),
            ("server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally", .unreachable),
        ])
    func kinds(text: String, kind: PostgresError.Kind) {
        #expect(PostgresError.connecting(text, hiding: nil).kind == kind)
    }

    @Test("hides the password wherever it stands, and keeps to one line")
    func hiding() {
        let error = PostgresError.connecting("what\n\tis hunter2?\u{1b}[31m hunter2", hiding: "hunter2")
        #expect(error.message == "what; is ••••••? [31m ••••••")
    }
}
