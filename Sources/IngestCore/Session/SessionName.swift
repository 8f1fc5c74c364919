/// Names for captures that the camera gave none.
enum SessionName {
    /// A random UUID (RFC 9562, version 4) in lower-case text.
    static func make(using random: inout some RandomNumberGenerator) -> String {
        var bytes = [UInt8]()
        for word in [random.next() as UInt64, random.next()] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hex.lower(bytes[$0]) }.joined(separator: "-")
    }

    /// Stands for a camera's image id in its ring; never 0 (FNV-1a).
    static func hash(_ imageID: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in imageID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash | 1
    }
}
