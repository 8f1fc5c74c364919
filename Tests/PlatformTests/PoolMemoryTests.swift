import Glibc
import Testing

@testable import Platform

@Suite("Pool memory")
struct PoolMemoryTests {
    @Test("keeps what was written, and shows it to a thread it was handed to")
    func handedOver() throws {
        let pool = try PoolMemory(bytes: 1 << 20)
        pool.withBytes(in: 5000..<5004) { bytes in for index in bytes.indices { bytes[index] = UInt8(index) + 1 } }
        let seen = Monitor<[UInt8]>([])
        let reader = try NamedThread("reader") {
            var copy = [UInt8](repeating: 0, count: 4)
            copy.withUnsafeMutableBytes { pool.copy(5000..<5004, into: $0) }
            let span = pool.withSpan(of: 5001..<5003) { [$0[0], $0[1]] }
            let raw = pool.withUnsafeBytes(5003..<5004) { Array($0) }
            seen.update { $0 = copy + span + raw }
        }
        reader.join()
        #expect(seen.read { $0 } == [1, 2, 3, 4, 2, 3, 4])
    }

    @Test("makes no page resident before it is written")
    func untouched() throws {
        let size = 256 << 20
        let pool = try PoolMemory(bytes: size)
        #expect(resident(pool, 0..<size) == 0)
        pool.withBytes(in: 0..<(8 << 20)) { bytes in for index in stride(from: 0, to: bytes.count, by: 1024) { bytes[index] = 1 } }
        #expect(resident(pool, 0..<size) == 8 << 20)
    }

    private func resident(_ pool: PoolMemory, _ range: Range<Int>) -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        var map = [UInt8](repeating: 0, count: range.count / page)
        let pages = map.count
        pool.withUnsafeBytes(range) { bytes in
            let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            _ = map.withUnsafeMutableBufferPointer { mincore(start, bytes.count, $0.baseAddress) }
        }
        return map.reduce(0) { $0 + Int($1 & 1) } * (range.count / pages)
    }
}
