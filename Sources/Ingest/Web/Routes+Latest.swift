import Clients
import IngestCore
import Platform

// MARK: - A camera's newest picture

extension Routes {
    private static let patience = Duration.seconds(2)

    /// From the spool's file at once; else from the object store, which the upload thread asks.
    func latest(of camera: String) -> HTTPServer.Answer {
        guard let uid = CameraUID(camera), let known = cameras[uid] else {
            return .now(.error(404, "no picture of this camera came since the start"))
        }
        guard let newest = known.newest else {
            if known.lastImage == nil { return .now(.error(404, "no picture of this camera came since the start")) }
            return .now(.error(503, "the picture is on its way"))
        }
        if newest.isSpooled, let (file, size) = spooled(newest.picture) { return .now(show(newest.picture, file, size: size)) }
        return fetch(newest.picture)
    }

    /// The spool's file, unless it was delivered meanwhile.
    private func spooled(_ picture: Picture) -> (ResponseFile, size: Int)? {
        let layout = SpoolLayout(configuration.spool.directory)
        let digest: (CameraUID) -> String = { (try? SHA256.digest(of: Array($0.text.utf8).span)).map { Hex.lower($0) } ?? "" }
        // Where two pictures of one moment would share a name, the later has its checksum in it.
        for isDistinguished in [true, false] {
            let name = SpoolEntryName(picture, distinguished: isDistinguished, sha256: digest)
            let path = layout.file(.pending, name, picture.contentType.fileExtension)
            if let found = try? ResponseFile.open(path), found.size == picture.size { return found }
        }
        return nil
    }

    private func fetch(_ picture: Picture) -> HTTPServer.Answer {
        let body: TemporaryFileBody
        do throws(SystemError) {
            body = try emptyFile()
        } catch {
            return .now(.error(503, "the picture cannot be fetched: \(error)"))
        }
        let answer = DeferredAnswer(
            within: Self.patience, late: .error(503, "neither spool nor object store gave the picture within \(Self.patience)")
        )
        let fetch = ObjectFetch(
            bucket: picture.bucket, key: picture.key, body: body, limit: picture.size, until: .current + Self.patience
        ) { failure in
            answer.give(failure.map { .error(503, $0.message) } ?? show(picture, body.file, size: body.count))
        }
        return delivery.fetch(fetch) ? .later(answer) : .now(.error(503, "too many pictures are asked for at once"))
    }

    /// In the spool's folder, which has room most often; else where temporary files go.
    private func emptyFile() throws(SystemError) -> TemporaryFileBody {
        if let file = try? TemporaryFileBody(in: configuration.spool.directory) { return file }
        return try TemporaryFileBody(in: "/tmp")
    }

    private func show(_ picture: Picture, _ file: ResponseFile, size: Int) -> HTTPResponse {
        HTTPResponse(
            contentType: picture.contentType.rawValue,
            headers: [
                ("X-Image-Id", picture.imageID), ("X-Recorded-At", picture.recordedAt.rfc3339),
                // A camera's bytes are only ever looked at.
                ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ],
            body: .file(file, size: size)
        )
    }
}
