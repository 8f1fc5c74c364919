import ArgumentParser
import Glibc
import IngestCore

/// Which pictures a command is about.
struct PictureScope: ParsableArguments {
    @Option(help: ArgumentHelp("Only pictures of this camera.", valueName: "uid"))
    var camera: CameraUID?

    @Option(help: ArgumentHelp("Only pictures from this moment on: RFC 3339, or a duration such as 24h before now.", valueName: "time"))
    var since: Moment?
}

extension CameraUID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// A moment as people write it: RFC 3339, or how long before now.
struct Moment: ExpressibleByArgument {
    let value: Timestamp

    init?(argument: String) {
        if let moment = CameraTime.moment(Array("\"\(argument)\"".utf8)) ?? Timestamp(rfc3339: argument)
            ?? Timestamp(rfc3339: argument + "T00:00:00Z")
        {
            value = moment
        } else if let ago = ArgumentText.duration(argument) {
            value = Timestamp(milliseconds: Self.now - ago.components.seconds * 1000)
        } else {
            return nil
        }
    }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000
    }
}
