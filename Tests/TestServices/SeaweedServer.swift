public import Foundation

/// A real S3 server that verifies signatures: SeaweedFS, all of its parts in one process.
///
/// `THERMO_WEED` says where the program is, if not where scripts/setup puts it.
public final class SeaweedServer: @unchecked Sendable {
    /// May do everything.
    public static let accessKey = "thermo-access", secretKey = "thermo-secret-0123456789"
    /// May write to `cam1/` of one bucket alone.
    public static let partlyAccessKey = "partly-access", partlySecretKey = "partly-secret-0123456789", partlyBucket = "partly"
    /// May only read.
    public static let readerAccessKey = "reader-access", readerSecretKey = "reader-secret-0123456789"

    public let port: Int
    public let service: Service
    let folder: TemporaryFolder
    private let tls: Bool
    /// It puts these beside its ports, and leaves them there when it is killed.
    private let sockets: [String]

    /// Starts it and waits until it answers, about a second.
    /// - Parameter folder: for its data; a second server over the same folder, after the first has ended, has the same objects.
    /// - Parameter certificate: PEM files; given, it speaks TLS.
    /// - Parameter domain: for virtual-host style: `bucket.domain`.
    public init(in folder: TemporaryFolder, port: Int? = nil, certificate: (cert: URL, key: URL)? = nil, domain: String? = nil) throws {
        let port = try port ?? freePort()
        self.port = port
        self.folder = folder
        tls = certificate != nil
        let config = folder.file("weed-s3.json")
        try Self.credentials.write(to: config, atomically: true, encoding: .utf8)
        let data = folder.file("weed")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        var command = [
            ProcessInfo.processInfo.environment["THERMO_WEED"] ?? "/opt/thermo-venv/bin/weed", "mini", "-dir=\(data.path)", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", "-s3.config=\(config.path)", "-s3.port=\(port)", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-webdav=false",
            "-admin.ui=false", "-master.telemetry=false", "-master.volumeSizeLimitMB=16", "-s3.autoCreateBucket=false",
            "-s3.localSocket=\(data.path)/s3.sock",
            "-filer.localSocket=\(data.path)/filer.sock",
        ]
        // Each bucket has volumes of its own, and the smaller they are the more the disk has room for: all tests share one server.
        // Every part has ports of its own, and each a default that two servers would fight for.
        var sockets: [String] = []
        for part in ["s3.port.grpc", "master.port", "master.port.grpc", "filer.port", "filer.port.grpc", "volume.port", "volume.port.grpc"]
            + ["admin.port", "admin.port.grpc"]
        {
            let port = try freePort()
            command.append("-\(part)=\(port)")
            let words = part.split(separator: ".")
            if words.count == 3 { sockets.append("/tmp/seaweedfs-\(words[0])-grpc-\(port).sock") }
        }
        self.sockets = sockets
        if let certificate { command += ["-s3.cert.file=\(certificate.cert.path)", "-s3.key.file=\(certificate.key.path)"] }
        if let domain { command.append("-s3.domainName=\(domain)") }
        service = try Service("weed", command, in: folder.url)
        try eventually("SeaweedFS to answer on port \(port)") { [tls] in
            guard service.isRunning else { throw ServiceError("weed ended: \(service.tail)") }
            return tls ? probe(port: port) != nil : probe(port: port, "GET /healthz HTTP/1.0\r\n\r\n")?.contains(" 200 ") == true
        }
    }

    deinit { removeLeftovers() }

    /// Ends it, and removes what it leaves outside its folder.
    func removeLeftovers() {
        service.kill()
        for socket in sockets { unlink(socket) }
    }

    /// `http://127.0.0.1:port`
    public var endpoint: String { "\(tls ? "https" : "http")://127.0.0.1:\(port)" }

    private static let credentials = """
        {"identities": [
            {"name": "thermo", "credentials": [{"accessKey": "\(accessKey)", "secretKey": "\(secretKey)"}],
             "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
            {"name": "reader", "credentials": [{"accessKey": "\(readerAccessKey)", "secretKey": "\(readerSecretKey)"}],
             "actions": ["Read", "List"]},
            {"name": "partly", "credentials": [{"accessKey": "\(partlyAccessKey)", "secretKey": "\(partlySecretKey)"}],
             "actions": ["Read", "List", "Write:\(partlyBucket)/cam1/*"]}
        ]}
        """
}

/// Connects to a loopback port, sends `request` and answers with the first bytes that come back; nil when nobody listens.
public func probe(port: Int, _ request: String = "") -> String? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = UInt16(port).bigEndian
    let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else { return nil }
    guard !request.isEmpty else { return "" }
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    _ = send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL))
    var answer = [UInt8](repeating: 0, count: 256)
    let count = recv(descriptor, &answer, answer.count, 0)
    return String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
}
