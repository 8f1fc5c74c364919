import Clients
import IngestCore
import Platform

/// The bytes of a picture in the spool, read as they are sent. Its file stays open until this goes, so they stay even when it is deleted.
final class StoredBytes: BodySource, Sendable {
    let count: Int
    private let path: String
    private let files: any FileSystem
    private let file: CInt

    init(_ entry: SpoolEntry, files: any FileSystem) throws(SystemError) {
        path = entry.picturePath
        count = entry.record.picture.size
        self.files = files
        file = try files.open(path, .read)
    }

    deinit { files.close(file) }

    func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) throws(BodyFailure) -> Int {
        let result: Result<Int, SystemError> = unsafe room.withUnsafeMutableBytes { target in
            do throws(SystemError) {
                return .success(try unsafe files.read(file, at: offset, into: target))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(0): throw BodyFailure("\(path) became shorter while it was sent")
        case .success(let count): return count
        case .failure(let error): throw BodyFailure("\(path): \(error)")
        }
    }
}
