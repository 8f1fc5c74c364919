import IngestCore
import Logging
import Platform

/// The fields by which people find lines in the journal.
extension Logger {
    /// One line of the log that tells of a kind of event.
    /// - Parameters:
    ///   - camera, image: whom it is about, as far as it is known.
    ///   - fields: further ones, in lower case.
    func event(
        _ kind: EventKind, _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message, camera: CameraUID? = nil,
        image: String? = nil, fields: Logger.Metadata = [:]
    ) {
        guard level >= logLevel else { return }
        var fields = fields
        fields[LogRecord.messageIDKey] = "\(kind.rawValue)"
        if let camera { fields["camera_uid"] = "\(camera)" }
        if let image { fields["image_id"] = "\(image)" }
        log(level: level, message(), metadata: fields)
    }

    /// One step of a picture's way, at level debug; at any other it costs a comparison.
    func step(_ message: @autoclosure () -> Logger.Message, of camera: CameraUID, _ image: String) {
        guard logLevel <= .debug else { return }
        log(level: .debug, message(), metadata: ["camera_uid": "\(camera)", "image_id": "\(image)"])
    }

    func step(_ message: @autoclosure () -> Logger.Message, of picture: Picture) { step(message(), of: picture.camera, picture.imageID) }
}
