import Clients
package import IngestCore

/// The C libraries that this process runs with.
package enum Libraries {
    package static let all = LinkedLibraries.versions.map { LibraryVersion($0.name, $0.version) }
}
