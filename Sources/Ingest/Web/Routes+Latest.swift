import Clients
import IngestCore
import Platform

// MARK: - A camera's newest picture

extension Routes {
    private static let patience = Duration.seconds(2)

    private static let noPicture = HTTPResponse.error(404, "no picture of this camera is known, neither here nor to the table")

    /// From the spool's file at once; else from the object store, which the upload thread asks. Of a camera that has sent none since the
    /// start it is looked for first.
    func latest(of camera: String) -> HTTPServer.Answer {
        guard let uid = CameraUID(camera) else { return .now(Self.noPicture) }
        let known = cameras[uid]
        let answer = DeferredAnswer(
            within: Self.patience, late: .error(503, "neither spool nor object store gave the picture within \(Self.patience)")
        )
        let until = Instant.current + Self.patience
        if let newest = known?.newest {
            give(newest.picture, isSpooled: newest.isSpooled, until: until, to: answer)
            return .later(answer)
        }
        if known?.lastImage != nil { return .now(.error(503, "the picture is on its way")) }
        let hasBegun = search.newest(of: uid, until: until) { [cameras] newest in
            switch newest {
            case .spooled(let picture):
                cameras.found(picture, isSpooled: true)
                give(picture, isSpooled: true, until: until, to: answer)
            case .stored(let picture):
                cameras.found(picture, isSpooled: false)
                give(picture, isSpooled: false, until: until, to: answer)
            case .none: answer.give(Self.noPicture)
            case .unknown(let reason): answer.give(.error(503, reason))
            }
        }
        return hasBegun ? .later(answer) : .now(Self.tooManySearches)
    }

    private func give(_ picture: Picture, isSpooled: Bool, until: Instant, to answer: DeferredAnswer) {
        if isSpooled, let (file, size) = spooled(picture) { return answer.give(show(picture, file, size: size)) }
        fetch(picture, until: until, to: answer)
    }

    /// The spool's file, unless it was delivered meanwhile.
    private func spooled(_ picture: Picture) -> (ResponseFile, size: Int)? {
        let layout = SpoolLayout(configuration.spool.directory)
        let digest = { (camera: CameraUID) throws(CryptoFailure) in Hex.lower(try SHA256.digest(of: Array(camera.text.utf8).span)) }
        // Where two pictures of one moment would share a name, the later has its checksum in it.
        for isDistinguished in [true, false] {
            guard let name = try? SpoolEntryName(picture, distinguished: isDistinguished, sha256: digest) else { continue }
            let path = layout.file(.pending, name, picture.contentType.fileExtension)
            if let found = try? ResponseFile.open(path), found.size == picture.size { return found }
        }
        return nil
    }

    private func fetch(_ picture: Picture, until: Instant, to answer: DeferredAnswer) {
        let body: TemporaryFileBody
        do throws(SystemError) {
            body = try emptyFile()
        } catch {
            return answer.give(.error(503, "the picture cannot be fetched: \(error)"))
        }
        let fetch = ObjectFetch(
            bucket: picture.bucket, key: picture.key, body: body, limit: picture.size > 0 ? picture.size : configuration.intake.maxImage,
            until: until
        ) { failure in
            answer.give(failure.map { .error(503, $0.message) } ?? show(picture, body.file, size: body.count))
        }
        if !delivery.fetch(fetch) { answer.give(.error(503, "too many pictures are asked for at once")) }
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
