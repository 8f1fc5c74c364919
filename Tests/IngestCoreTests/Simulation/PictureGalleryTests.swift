import Testing

@testable import IngestCore

@Suite("A gallery of simulated pictures")
struct PictureGalleryTests {
    @Test("gives pictures of the size asked for, to the byte", arguments: [1, 10, 400, 433, 434, 435, 440, 1000, 20_000, 100_003, 300_000])
    func size(size: Int) {
        var gallery = PictureGallery(size: size, seed: 1)
        let bytes = gallery.picture(camera: 0, moment: 0).bytes
        #expect(bytes.count == size)
        if size >= 440 { #expect(ContentType(firstBytes: bytes.span) == .jpeg) }
    }

    @Test("gives no two equal pictures, and the same picture for the same moment")
    func distinct() {
        for size in [100, 2000] {
            var gallery = PictureGallery(size: size, seed: 1)
            var all = Set<[UInt8]>()
            for camera in 0..<5 {
                for moment in 0..<40 {
                    let picture = gallery.picture(camera: camera, moment: moment).bytes
                    #expect(all.insert(picture).inserted)
                    #expect(gallery.picture(camera: camera, moment: moment).bytes == picture)
                }
            }
        }
    }

    @Test("gives pictures a range of which is the same range of the bytes")
    func ranges() {
        var gallery = PictureGallery(size: 5000, seed: 3)
        let picture = gallery.picture(camera: 2, moment: 9)
        var piece = [UInt8]()
        for start in stride(from: 0, to: 5000, by: 17) {
            picture.copy(start..<min(start + 17, 5000), into: &piece)
            #expect(piece == Array(picture.bytes[start..<min(start + 17, 5000)]))
        }
    }

    /// Chunks that come again seem told again, so that the picture would wait: no camera whose sensor has noise sends such.
    @Test(
        "gives pictures no chunk of which comes again, even of one frame", arguments: [(100_000, 4096), (100_000, 1024), (300_000, 8192)])
    func noise(size: Int, chunk: Int) {
        var gallery = PictureGallery(size: size, seed: 1)
        var seen: [Set<[UInt8]>] = Array(repeating: [], count: size / chunk)
        var piece = [UInt8]()
        for moment in 0..<40 {
            let picture = gallery.picture(camera: 1, moment: moment)
            // The last bytes of a file may be the same.
            for index in 0..<size / chunk {
                picture.copy(index * chunk..<(index + 1) * chunk, into: &piece)
                #expect(seen[index].insert(piece).inserted, "chunk \(index) of picture \(moment)")
            }
            #expect(gallery.picture(camera: 1, moment: moment).bytes.suffix(2) == [0xff, 0xd9])
        }
    }
}
