public import Foundation

/// A certificate authority of a test's own, made with the openssl command.
public struct PrivateAuthority {
    public struct Identity: Sendable {
        public let certificate, key: URL
    }

    /// What a client must trust, in PEM.
    public let certificate: URL
    private let key: URL
    private let folder: TemporaryFolder

    public init(in folder: TemporaryFolder, _ name: String) throws {
        self.folder = folder
        certificate = folder.file("\(name).pem")
        key = folder.file("\(name).key")
        try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=\(name)",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", "-keyout", key.path, "-out",
            certificate.path)
    }

    /// A server's certificate and key.
    /// - Parameter subject: as in subjectAltName: `IP:127.0.0.1` or `DNS:name`.
    /// - Parameter days: it is good for; negative for one that has expired.
    public func certificate(_ name: String, for subject: String, days: Int = 30) throws -> Identity {
        let request = folder.file("\(name).csr")
        let extensions = folder.file("\(name).ext")
        let identity = Identity(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
        try "subjectAltName=\(subject)\nextendedKeyUsage=serverAuth,clientAuth\n".write(to: extensions, atomically: true, encoding: .utf8)
        try Self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            identity.key.path, "-out",
            request.path)
        try Self.openssl(
            "x509", "-req", "-in", request.path, "-CA", certificate.path, "-CAkey", key.path, "-CAcreateserial", "-days", String(days),
            "-extfile",
            extensions.path, "-out", identity.certificate.path)
        return identity
    }

    private static func openssl(_ arguments: String...) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = output
        process.standardOutput = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ServiceError("openssl \(arguments[0]): " + String(decoding: said, as: UTF8.self))
        }
    }
}
