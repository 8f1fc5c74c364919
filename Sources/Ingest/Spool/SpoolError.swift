package import IngestCore
package import Platform

/// Why the spool could not do what it was asked.
package enum SpoolError: Error, Equatable, CustomStringConvertible {
    /// The disk, or the user's share of it, is full.
    case full(SystemError)
    case readOnly(SystemError)
    /// The folder's owner or mode keeps us out.
    case denied(SystemError)
    /// The disk answers with errors.
    case failing(SystemError)
    /// There is no such entry, or no more.
    case gone(SpoolEntryName)
    /// There is one of that name already.
    case exists(SpoolEntryName)
    case damaged(SpoolEntryName, SpoolDamage)

    init(_ error: SystemError) {
        self =
            switch error.code {
            case DiskCode.noSpace, DiskCode.quota: .full(error)
            case DiskCode.readOnly: .readOnly(error)
            case DiskCode.access, DiskCode.permission: .denied(error)
            default: .failing(error)
            }
    }

    /// What the system said, where that is what went wrong: of the disk, or of the one file alone. Which of the two it is shows only
    /// when a new file is written (`SpoolStore.rehearse`).
    package var system: SystemError? {
        switch self {
        case .full(let error), .readOnly(let error), .denied(let error), .failing(let error): error
        case .gone, .exists, .damaged: nil
        }
    }

    package var description: String {
        switch self {
        case .full(let error): "the disk is full: \(error)"
        case .readOnly(let error): "the file system is read-only: \(error)"
        case .denied(let error): "no permission: \(error)"
        case .failing(let error): "the disk fails: \(error)"
        case .gone(let name): "there is no entry \(name)"
        case .exists(let name): "there is an entry \(name) already"
        case .damaged(let name, let damage): "\(name): \(damage)"
        }
    }
}

extension SpoolError {
    /// What happened, where, and what to do next.
    var advice: String {
        switch self {
        case .full(let error), .readOnly(let error), .denied(let error), .failing(let error):
            description.followed(by: error.fix(in: "the spool folder"))
        case .gone, .exists, .damaged: description.sentence
        }
    }
}

extension SystemError {
    /// What to do about one file or folder of the spool that cannot be read, as the rest of a sentence.
    package var spoolFix: String {
        switch code {
        case DiskCode.access, DiskCode.permission: "let the gateway's user read and change it, and the folders above it (chown, chmod)"
        case DiskCode.isFolder: "a folder stands where a file belongs: move it away"
        case DiskCode.isLink: "a symbolic link stands there: put what it points to in its place"
        case DiskCode.isNoFile: "a pipe, socket or device stands where a file belongs: move it away"
        case DiskCode.noFolder: "a file stands where a folder belongs: move it away"
        case DiskCode.inputOutput: "the disk cannot read it back (dmesg): save what is on the disk, and replace it"
        default: "see what is wrong with it, and with that disk (dmesg)"
        }
    }
}

/// Runs file operations and answers for their errors in the spool's words.
func onDisk<R>(_ body: () throws(SystemError) -> R) throws(SpoolError) -> R {
    do throws(SystemError) {
        return try body()
    } catch {
        throw SpoolError(error)
    }
}
