extension ObjectStoreClient {
    /// How the client behaves towards its server.
    package struct Settings: Sendable {
        /// PEM file of the authorities to trust; empty is the system's.
        package var caFile = ""
        /// Requests at once, and connections kept.
        package var concurrency = 4
        /// Until TCP and TLS are up.
        package var connectTimeout = Duration.seconds(10)
        /// A request that moves nothing for this long is given up; a connection that is being made moves nothing.
        package var stallTimeout = Duration.seconds(30)
        /// libcurl's buffer for each upload, in bytes (16 KiB to 2 MiB).
        package var uploadBuffer = 64 << 10
        package var userAgent = "thermo-ingest"

        package init() {}
    }
}
