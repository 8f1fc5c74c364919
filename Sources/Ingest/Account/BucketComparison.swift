import Clients
import IngestCore

/// Compares the bucket's objects with the table's rows, both ways, a page at a time.
final class BucketComparison {
    struct Scope: Sendable {
        var camera: CameraUID?
        var since = Timestamp(milliseconds: 0)
    }

    /// How the sentence of an object without a row ends.
    static let noRow = "has no row"

    private let scope: Scope
    private let rebuild: TableRebuild
    private var looked = 0

    init(_ configuration: Configuration, _ scope: Scope) throws(AccountReport.Failure) {
        self.scope = scope
        var whole = TableRebuild.Scope()
        (whole.camera, whole.since, whole.isDry) = (scope.camera, scope.since, true)
        do throws(TableRebuild.Failure) { rebuild = try TableRebuild(configuration, whole) } catch {
            throw AccountReport.Failure(description: error.description, code: 69)
        }
    }

    func run(
        _ differs: (CameraUID?, AccountReport.Difference) -> Void, progress: (Int) -> Void
    ) throws(AccountReport.Failure) {
        do throws(TableRebuild.Failure) {
            try rebuild.run(
                foreign: { _, _ in },
                missing: { picture in
                    differs(
                        picture.camera,
                        .init(camera: picture.camera.text, imageID: picture.imageID, what: "object \(picture.key) \(Self.noRow)"))
                }, progress: { progress($0.objects) })
            try rebuild.eachRowWithoutObject { row in
                differs(
                    row.camera, .init(camera: row.camera?.text ?? "", imageID: row.imageID, what: "row \(row.id) has no object \(row.key)"))
            } progress: {
                progress($0)
            }
        } catch {
            throw AccountReport.Failure(description: error.description, code: 69)
        }
    }
}
