package import Platform

/// Why a server could not start.
package enum HTTPServerFailure: Error, Equatable, CustomStringConvertible {
    /// Another program listens there.
    case addressInUse(ListenAddress)
    /// No such host, or not an address of this machine. `reason` is the resolver's or the kernel's.
    case address(ListenAddress, reason: String)
    case system(SystemError)
    /// libmicrohttpd refused to start. It does not say why.
    case library

    package var description: String {
        switch self {
        case .addressInUse(let address): "cannot listen on \(address): the port is in use by another program"
        case .address(let address, let reason): "cannot listen on \(address): \(reason)"
        case .system(let error): "cannot start the HTTP server: \(error)"
        case .library: "cannot start the HTTP server: libmicrohttpd refused"
        }
    }
}
