import IngestCore

extension Target {
    static let pictures = [
        Target(name: "picture") { bytes in
            var input = Input(bytes)
            let size = 1 + input.below(200)
            let picture = input.rest()
            let type = ContentType(firstBytes: Array(picture.prefix(ContentType.bytesNeeded)).span)
            func verdict(_ size: Int) -> Bool? {
                var walk = IntactWalk(type)
                for start in stride(from: 0, to: picture.count, by: size) {
                    walk.update(picture.span.extracting(start..<min(start + size, picture.count)))
                }
                return walk.isIntact
            }
            require(verdict(.max / 2) == verdict(size), "pieces of \(size) decide")
        }
    ]
}
