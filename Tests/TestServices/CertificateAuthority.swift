public import Foundation

/// A certificate authority of a test's own, by the openssl command.
public final class CertificateAuthority {
    public struct Issued: Sendable {
        public let certificate, key: URL
    }

    /// Its own certificate.
    public let certificate: URL
    private let key: URL
    private let folder: TemporaryFolder
    private var count = 0

    public init(_ name: String = "Test CA") throws {
        folder = try TemporaryFolder()
        certificate = folder.file("ca.crt")
        key = folder.file("ca.key")
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=\(name)",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", key.path, "-out", certificate.path)
    }

    /// Dates of a certificate that has expired.
    public static let past = (from: "20200101000000Z", to: "20200201000000Z")

    /// Issues a certificate for `names`, each as `DNS:host` or `IP:address`.
    /// - Parameter dates: first and last moment as `YYYYMMDDHHMMSSZ`; by default it is valid now and for a month.
    public func issue(_ subject: String, names: [String] = [], dates: (from: String, to: String)? = nil) throws -> Issued {
        count += 1
        let own = folder.file("\(count).key")
        let request = folder.file("\(count).csr")
        let result = folder.file("\(count).crt")
        let extensions = folder.file("\(count).ext")
        let text = (["basicConstraints=CA:FALSE"] + (names.isEmpty ? [] : ["subjectAltName=\(names.joined(separator: ","))"])).joined(
            separator: "\n")
        try Data((text + "\n").utf8).write(to: extensions)
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(subject)", "-keyout", own.path, "-out",
            request.path)
        if let dates {
            // `openssl ca` is the one that takes dates; it wants a little book-keeping.
            let book = folder.file("book-\(count)")
            try Data().write(to: book)
            let settings = """
                [ca]
                default_ca=own
                [own]
                database=\(book.path)
                rand_serial=yes
                default_md=sha256
                policy=any
                new_certs_dir=\(folder.url.path)
                [any]
                commonName=supplied

                """
            let file = folder.file("\(count).cnf")
            try Data(settings.utf8).write(to: file)
            try openssl(
                "ca", "-batch", "-notext", "-config", file.path, "-cert", certificate.path, "-keyfile", key.path, "-in", request.path,
                "-out", result.path, "-extfile", extensions.path, "-startdate", dates.from, "-enddate", dates.to)
        } else {
            try openssl(
                "x509", "-req", "-in", request.path, "-CA", certificate.path, "-CAkey", key.path, "-CAcreateserial", "-days", "30",
                "-extfile", extensions.path, "-out", result.path)
        }
        return Issued(certificate: result, key: own)
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ServiceError("openssl \(arguments[0]): \(text)") }
    }
}
