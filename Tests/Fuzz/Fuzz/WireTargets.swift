import Clients
import IngestCore

/// What cameras send.
extension Target {
    static let wire = [
        Target(name: "envelope") { bytes in
            var members = PayloadMembers(["temperature", "captured_at", "a\u{e9}"])
            guard let envelope = try? EnvelopeReader.read(bytes.span, needsID: false, maxChunks: 4096, picking: &members) else { return }
            require((1...4096).contains(envelope.total) && (0..<envelope.total).contains(envelope.index), "index \(envelope.index)")
            require(0 <= envelope.data.lowerBound && envelope.data.upperBound <= bytes.count, "data lies outside")
            if let imageID = envelope.imageID(in: bytes.span) {
                require(SpoolRecord.isImageID(imageID), "an image id that no record can have: \(imageID)")
            }
            _ = try? envelope.camera(in: bytes.span)
            for token in members.tokens { if let token { _ = CameraTime.moment(Array(bytes[token.range])) } }
            let isLast = envelope.index == envelope.total - 1
            let whole = Decoded(envelope.data, of: bytes, first: envelope.index == 0, last: isLast, pieces: .max)
            require(whole == Decoded(envelope.data, of: bytes, first: envelope.index == 0, last: isLast, pieces: 7), "pieces decide")
        },
        Target(name: "base64") { bytes in
            var input = Input(bytes)
            let (steer, pieces) = (input.byte(), 1 + input.below(64))
            // What a JSON scanner has passed holds no broken escape.
            let text = input.rest().filter { $0 != UInt8(ascii: "\\") }
            let (first, last) = (steer & 1 != 0, steer & 2 != 0)
            let whole = Decoded(0..<text.count, of: text, first: first, last: last, pieces: .max)
            require(whole == Decoded(0..<text.count, of: text, first: first, last: last, pieces: pieces), "pieces of \(pieces) decide")
            guard case .success(let chunk, let stored)? = whole.outcome, first, chunk.shape.middle + chunk.shape.rest == 0 else { return }
            require(stored == Reference.decode(text), "other bytes than the reference's")
        },
        Target(name: "compressed") { bytes in
            let limit = 64 << 10
            guard var inflater = try? Inflater(limit: limit) else { fatalError("no memory") }
            let first = try? inflater.withInflated(bytes.span) { span in
                require(span.count <= limit, "more than the limit")
                return CRC32(span).value
            }
            let second = try? inflater.withInflated(bytes.span) { CRC32($0).value }
            require(first == second, "what came before decides")
        },
        Target(name: "topic") { bytes in
            var input = Input(bytes)
            let length = input.below(80)
            let filter = String(decoding: input.take(length), as: UTF8.self)
            let topic = input.rest()
            if let uid = CameraUID(validating: topic.span) {
                require(CameraUID(uid.text) == uid, "a uid that is none of its own text's")
                require(!uid.encoded.contains("/") && !uid.encoded.isEmpty, "a uid that is no folder name: \(uid.encoded)")
            }
            guard let filter = try? TopicFilter(filter) else { return }
            if case .camera(let range)? = filter.match(topic.span) { _ = CameraUID(validating: topic.span.extracting(range)) }
        },
    ]
}

/// What a chunk's text came to.
private struct Decoded: Equatable {
    enum Outcome: Equatable {
        case success(DecodedChunk, [UInt8])
        case refused(Refusal)
    }

    let outcome: Outcome?

    init(_ text: Range<Int>, of payload: [UInt8], first: Bool, last: Bool, pieces: Int) {
        let room = Base64Decoder.roomNeeded(textLength: text.count)
        var region = Pieces(bytes: [UInt8](repeating: 0xa5, count: room + 3), size: pieces)
        do throws(Refusal) {
            let chunk = try Base64Decoder.decode(text, of: payload.span, into: &region, first: first, last: last)
            let stored = chunk.shape.storedBytes
            require(stored <= room, "\(stored) bytes stored in a room for \(room)")
            require(region.bytes[stored...].allSatisfy { $0 == 0xa5 }, "written behind what was stored")
            outcome = .success(chunk, Array(region.bytes[..<stored]))
        } catch {
            outcome = .refused(error)
        }
    }
}

private struct Pieces: ByteRegion {
    var bytes: [UInt8]
    let size: Int
    var count: Int { bytes.count }

    mutating func withPiece<R, E: Error>(at offset: Int, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        let end = size == .max ? count : min(count, (offset / size + 1) * size)
        var whole = bytes.mutableSpan
        var piece = whole._mutatingExtracting(offset..<end)
        return try body(&piece)
    }
}

/// Base64 as a table and an accumulator have it, for the first chunk of a text: bytes begun count.
private enum Reference {
    static func decode(_ text: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let other = alphabet.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
        var bits: [Bool] = []
        for character in text.prefix(while: { $0 != UInt8(ascii: "=") }) {
            guard let value = alphabet.firstIndex(of: character) ?? other.firstIndex(of: character) else { continue }
            for bit in (0..<6).reversed() { bits.append(value >> bit & 1 == 1) }
        }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 << 1 | (start + $1 < bits.count && bits[start + $1] ? 1 : 0) }
        }
    }
}
