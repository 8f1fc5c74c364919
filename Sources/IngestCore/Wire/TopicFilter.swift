/// One MQTT topic filter: which topics it matches, and which of their levels names the camera (MQTT 5.0, section 4.7).
package struct TopicFilter: Equatable, Sendable {
    /// The filter as the broker is told it, `$share/group/` included.
    package let text: String
    /// What topics are held against.
    private let pattern: [UInt8]

    /// What a topic that matches says of its camera.
    package enum Match: Equatable, Sendable {
        /// Where in the topic the uid stands: the level that the first `+` matched. Not looked at yet; it may be no uid at all.
        case camera(Range<Int>)
        /// The filter has no `+`, so the payload's `id` tells.
        case cameraInPayload
    }

    package init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        let pattern = try Self.withoutGroup(bytes)
        guard !pattern.isEmpty else { throw .empty }
        guard bytes.count <= Self.longest else { throw .tooLong }
        guard !bytes.contains(0) else { throw .nul }
        let levels = pattern.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, level) in levels.enumerated() {
            if level.contains(UInt8(ascii: "+")) && level.count > 1 { throw .plusBesideOthers }
            if level.contains(UInt8(ascii: "#")) && (level.count > 1 || index < levels.count - 1) { throw .hashNotLast }
        }
        self.text = text
        self.pattern = pattern
    }

    package static func == (a: TopicFilter, b: TopicFilter) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    /// Whether topics that match name their camera.
    package var namesCamera: Bool { pattern.contains(UInt8(ascii: "+")) }

    /// Nil when `topic` does not match. Allocates nothing.
    package func match(_ topic: Span<UInt8>) -> Match? {
        let pattern = self.pattern.span
        // "A topic filter that starts with a wildcard character must not match topic names beginning with $" (4.7.2).
        if !topic.isEmpty, topic[0] == UInt8(ascii: "$"), pattern[0] != UInt8(ascii: "$") { return nil }

        var camera: Range<Int>?
        var at = 0  // where a level begins in the pattern
        var level = 0  // and in the topic
        while true {
            if pattern[at..., is: UInt8(ascii: "#")] { return .some(camera.map(Match.camera) ?? .cameraInPayload) }
            let end = topic.endOfLevel(from: level)
            let patternEnd = pattern.endOfLevel(from: at)
            if pattern[at..., is: UInt8(ascii: "+")] {
                camera = camera ?? level..<end
            } else {
                guard patternEnd - at == end - level else { return nil }
                for offset in 0..<end - level where pattern[at + offset] != topic[level + offset] { return nil }
            }
            switch (patternEnd == pattern.count, end == topic.count) {
            case (true, true): return .some(camera.map(Match.camera) ?? .cameraInPayload)
            case (true, false): return nil
            case (false, true):
                // "#" matches its parent too (4.7.1.2).
                guard pattern.count - patternEnd == 2, pattern[patternEnd + 1] == UInt8(ascii: "#") else { return nil }
                return .some(camera.map(Match.camera) ?? .cameraInPayload)
            case (false, false): (at, level) = (patternEnd + 1, end + 1)
            }
        }
    }
}

extension TopicFilter {
    /// In bytes (MQTT 5.0, section 1.5.4).
    private static let longest = 65_535

    /// What is wrong with a filter.
    package enum Fault: Error, Equatable, CaseIterable, CustomStringConvertible {
        case empty, tooLong, nul, plusBesideOthers, hashNotLast, badGroup

        package var description: String {
            switch self {
            case .empty: "a topic filter needs at least one character"
            case .tooLong: "a topic filter has at most 65535 bytes"
            case .nul: "a topic filter must not contain the character U+0000"
            case .plusBesideOthers: "'+' must be a whole level of a topic filter, as in camera/+/image_json"
            case .hashNotLast: "'#' must be the whole last level of a topic filter, as in camera/#"
            case .badGroup: "a shared subscription is $share/GROUP/FILTER, its group without '/', '+' and '#'"
            }
        }
    }

    /// What follows `$share/group/`, or all of it (section 4.8.2).
    private static func withoutGroup(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
        let levels = bytes.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        guard levels[0].elementsEqual("$share".utf8) else { return bytes }
        guard levels.count == 3, !levels[1].isEmpty, !levels[2].isEmpty,
            !levels[1].contains(UInt8(ascii: "+")), !levels[1].contains(UInt8(ascii: "#"))
        else { throw .badGroup }
        return Array(levels[2])
    }
}

extension [TopicFilter] {
    /// What the filters say of a topic. Where several match, one that names the camera wins: brokers guard topics, nobody guards
    /// a payload.
    package func match(_ topic: Span<UInt8>) -> TopicFilter.Match? {
        var found: TopicFilter.Match?
        for filter in self {
            guard let match = filter.match(topic) else { continue }
            if case .camera = match { return match }
            found = match
        }
        return found
    }
}

extension Span<UInt8> {
    fileprivate func endOfLevel(from start: Int) -> Int {
        var at = start
        while at < count, self[at] != UInt8(ascii: "/") { at += 1 }
        return at
    }

    /// Whether the level that begins there is this one wildcard; in a valid filter it stands alone.
    fileprivate subscript(_ start: PartialRangeFrom<Int>, is wildcard: UInt8) -> Bool {
        start.lowerBound < count && self[start.lowerBound] == wildcard
    }
}
