/// What each way of not getting an answer over HTTP calls for, by libcurl's code (`CURLcode`, libcurl-errors(3)).
///
/// Whatever is not in the table is tried again: a picture waits, which is never wrong, and health shows the message.
package enum TransportVerdicts {
    package static func verdict(curlCode: Int32) -> FailureVerdict {
        table[curlCode] ?? FailureVerdict(.retry(after: nil), "The connection failed; it is tried again by itself.")
    }

    private static let table: [Int32: FailureVerdict] = {
        var table: [Int32: FailureVerdict] = [:]
        for row in rows { table[row.code] = FailureVerdict(row.failureClass, row.remedy) }
        return table
    }()

    private static let rows: [(code: Int32, name: String, failureClass: FailureClass, remedy: String)] = [
        (1, "UNSUPPORTED_PROTOCOL", .operatorNeeded, "Check [s3] endpoint: what answers there does not speak HTTP/1.1."),
        (3, "URL_MALFORMAT", .operatorNeeded, "Correct [s3] endpoint: it must be http:// or https://, a host and a port."),
        (5, "COULDNT_RESOLVE_PROXY", .retry(after: nil), "Check the name service of this machine."),
        (6, "COULDNT_RESOLVE_HOST", .retry(after: nil), "Check the host name in [s3] endpoint and the name service of this machine."),
        (7, "COULDNT_CONNECT", .retry(after: nil), "Check that the object store runs and that its port can be reached from here."),
        (8, "WEIRD_SERVER_REPLY", .retry(after: nil), "Check [s3] endpoint: what answers there does not speak HTTP."),
        (16, "HTTP2", .retry(after: nil), "The connection broke; it is tried again by itself."),
        (18, "PARTIAL_FILE", .retry(after: nil), "The connection broke in the middle; it is tried again by itself."),
        (27, "OUT_OF_MEMORY", .retry(after: nil), "Give this machine more memory, or lower [intake] pool."),
        (28, "OPERATION_TIMEDOUT", .retry(after: nil), "Check the link and the object store: it answers too slowly for [s3] timeout."),
        (
            35, "SSL_CONNECT_ERROR", .retry(after: nil),
            "Check that the object store speaks TLS on that port, or write http:// in [s3] endpoint."
        ),
        (
            52, "GOT_NOTHING", .retry(after: nil),
            "Check that [s3] endpoint is right about http:// or https:// and that the object store runs."
        ),
        (53, "SSL_ENGINE_NOTFOUND", .operatorNeeded, "Repair the OpenSSL installation of this machine."),
        (55, "SEND_ERROR", .retry(after: nil), "The connection broke while sending; it is tried again by itself."),
        (56, "RECV_ERROR", .retry(after: nil), "The connection broke before the answer; it is tried again by itself."),
        (58, "SSL_CERTPROBLEM", .operatorNeeded, "Check the client certificate and its key."),
        (59, "SSL_CIPHER", .operatorNeeded, "Let the object store offer TLS 1.2 or later with current ciphers."),
        (
            60, "PEER_FAILED_VERIFICATION", .operatorNeeded,
            "Set [s3] ca_file to the authority that signed the object store's certificate, and check its host name and dates."
        ),
        (65, "SEND_FAIL_REWIND", .retry(after: nil), "The connection broke while sending; it is tried again by itself."),
        (66, "SSL_ENGINE_INITFAILED", .operatorNeeded, "Repair the OpenSSL installation of this machine."),
        (
            77, "SSL_CACERT_BADFILE", .operatorNeeded,
            "Check that [s3] ca_file exists, can be read by the service and holds PEM certificates."
        ),
        (80, "SSL_SHUTDOWN_FAILED", .retry(after: nil), "The connection broke; it is tried again by itself."),
        (83, "SSL_ISSUER_ERROR", .operatorNeeded, "Set [s3] ca_file to the authority that signed the object store's certificate."),
        (90, "SSL_PINNEDPUBKEYNOTMATCH", .operatorNeeded, "Check the object store's certificate."),
        (91, "SSL_INVALIDCERTSTATUS", .operatorNeeded, "Renew the object store's certificate: it was revoked."),
    ]
}
