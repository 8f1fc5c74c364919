import Clients
import Ingest
import IngestCore

/// What object store and configuration say.
extension Target {
    static let stores = [
        Target(name: "s3-error") { bytes in
            guard let body = S3ErrorBody(bytes) else { return }
            require(!body.code.isEmpty && body.code.utf8.count <= 64, "code \(body.code)")
            require(!body.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }, "a control character in a message")
        },
        Target(name: "s3-list") { bytes in
            guard let page = ObjectListing(bytes.span) else { return }
            require(page.keys.count <= bytes.count / 10 + 1, "more keys than there is room for")
        },
        Target(name: "s3-headers") { bytes in
            var input = Input(bytes)
            var headers: [String: String] = [:]
            while !input.isEmpty {
                let (which, length) = (input.below(HeaderNames.all.count), input.below(64))
                headers[HeaderNames.all[which]] = String(decoding: input.take(length), as: UTF8.self)
            }
            for text in headers.values {
                _ = HTTPDate.parse(text)
                if let wait = RetryAfter.parse(text, serverDate: headers["date"]) { require(wait >= .zero, "a wait below zero") }
                _ = Timestamp(rfc3339: text)
            }
            _ = StoredObject(headers: headers, contentType: headers["content-type"], size: 1, bucket: "b", key: headers["date"] ?? "k")
        },
        Target(name: "configuration") { bytes in
            let document = TomlDocument(parsing: bytes)
            let sources = ConfigurationSources(file: "c.toml", nodes: document.nodes.map(ConfigurationNode.init), environment: [:]) { _ in
                .missing
            }
            do throws(Mistakes) {
                let inForce = try ConfigurationReader.read(sources)
                _ = ConfigurationPage.show(inForce)
            } catch {
                for mistake in error.list { require(!mistake.description.isEmpty, "a mistake without words") }
            }
        },
        Target(name: "key-template") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let nodes = [("s3", ConfigurationNode.Kind.table, ""), ("s3.key", .string, text)].map {
                ConfigurationNode(path: $0.0, kind: $0.1, text: $0.2, line: 1)
            }
            if (try? ConfigurationReader.read(ConfigurationSources(file: "c", nodes: nodes, environment: [:]) { _ in .missing })) != nil {
                guard let template = try? KeyTemplate(text) else { fatalError("good for check, and not for the gateway: \(text)") }
                let key = template.distinctKey(for: .sample)
                require(key.utf8.count <= KeyTemplateText.longestKey, "a key of \(key.utf8.count) bytes")
            }
            _ = try? TopicTemplate(text, known: TopicTemplate.ofStored)
        },
    ]
}

private enum HeaderNames {
    static let all = [
        "date", "content-type", "retry-after", "x-amz-meta-sha256", "x-amz-meta-camera", "x-amz-meta-camera-uid", "x-amz-meta-image-id",
        "x-amz-meta-recorded-at", "x-amz-meta-chunks", "x-amz-meta-clock", "x-amz-meta-captured-at", "x-amz-meta-intact",
    ]
}

extension Picture {
    static let sample = Picture(
        camera: CameraUID(String(repeating: "\u{e9}", count: CameraUID.longest / 2))!,
        imageID: String(repeating: "i", count: EnvelopeReader.longestImageID), imageIDSource: .camera, topic: "camera/cam7/image_json",
        recordedAt: Timestamp(milliseconds: 1_795_336_265_123), size: 3, chunks: 1, sha256: String(repeating: "0", count: 64),
        contentType: .jpeg, bucket: "b", key: "k")
}
