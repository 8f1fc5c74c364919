import Glibc

/// errno(3) values that the spool tells apart.
enum DiskCode {
    static let noSpace = ENOSPC
    static let quota = EDQUOT
    static let readOnly = EROFS
    static let access = EACCES
    static let permission = EPERM
    static let missing = ENOENT
    static let exists = EEXIST
    static let tooLarge = EFBIG
    static let noFolder = ENOTDIR
    static let inputOutput = EIO
    static let isFolder = EISDIR
    static let isLink = ELOOP
    static let isNoFile = ENOTSUP
}
