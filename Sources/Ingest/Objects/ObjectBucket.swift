import Clients
import IngestCore
import Platform

/// The bucket as the upload worker sees it.
final class ObjectBucket: ObjectPort {
    /// The number of requests that nobody waits for.
    private static let onTheSide: UInt64 = 0

    private let client: ObjectStoreClient
    private let signer: RequestSigner
    private var settings: Configuration.S3
    private let gateway: String
    private let concurrency: Int
    /// Told of the server's clock after each answer.
    private let clock: ClockWatch
    let wake: @Sendable () -> Void

    /// - Parameter gateway: this one's name, for the objects' metadata.
    init(_ settings: Configuration.S3, gateway: String = "", concurrency: Int, clock: ClockWatch) throws {
        self.gateway = gateway
        self.settings = settings
        self.concurrency = concurrency
        self.clock = clock
        signer = try RequestSigner(settings)
        client = try ObjectStoreClient(.init(settings, concurrency: concurrency), dialect: signer)
        let waker = client.waker
        wake = { waker.wake() }
    }

    func adopt(_ configuration: Configuration) {
        settings = configuration.s3
        signer.adopt(settings)
        client.adopt(.init(settings, concurrency: concurrency))
    }

    private var unsent: [ObjectCompletion] = []

    func start(_ task: ObjectTask, number: UInt64) {
        let request: ObjectRequest =
            switch task {
            case .put(let picture, let bytes, let rate):
                .put(
                    bucket: picture.bucket, key: picture.key, body: bytes, sha256: picture.sha256,
                    headers: clock.history.healed(picture).objectHeaders(gateway: gateway),
                    maxRate: rate
                )
            case .exists(let bucket, let key): .head(bucket: bucket, key: key)
            case .remove(let bucket, let key): .delete(bucket: bucket, key: key)
            case .get(let bucket, let key, let sink, let limit, let time):
                .get(bucket: bucket, key: key, into: sink, limit: limit, deadline: time)
            case .bucket: .headBucket(settings.bucket)
            }
        begin(request, number: number)
    }

    func wait(atMost limit: Duration) -> [ObjectCompletion] {
        var ended = unsent
        unsent = []
        do throws(ObjectStoreError) {
            try client.wait(atMost: ended.isEmpty ? limit : .zero)
        } catch {
            client.cancelAll()
        }
        while let completion = client.nextCompletion() {
            if let answer = conclude(completion), completion.token != Self.onTheSide {
                ended.append(ObjectCompletion(number: completion.token, result: answer))
            }
        }
        clock.report(signer.clockOffset)
        return ended
    }

    private func begin(_ request: ObjectRequest, number: UInt64) {
        do throws(ObjectStoreError) {
            try client.start(request, token: number)
        } catch {
            unsent.append(ObjectCompletion(number: number, result: .failure(DeliveryFailure(error))))
        }
    }

    /// - Returns: nil when the work goes on: a bucket that was missing is being made.
    private func conclude(_ completion: ObjectStoreCompletion) -> Result<ObjectCompletion.Answer, DeliveryFailure>? {
        switch (completion.operation, completion.result) {
        case (.putObject, .success(let answer)): return .success(.stored(version: answer.versionID))
        case (.headObject, .success): return .success(.exists(true))
        case (.headObject, .failure(let error)) where error.status == 404: return .success(.exists(false))
        case (.headBucket, .failure(let error)) where error.status == 404 && settings.createBucket:
            begin(.createBucket(settings.bucket, region: settings.region), number: completion.token)
            return nil
        case (.putObject, .failure(let error)) where error.isBucketMissing && settings.createBucket:
            // Made on the side; the picture comes again by then.
            begin(.createBucket(settings.bucket, region: settings.region), number: Self.onTheSide)
            return .failure(DeliveryFailure(.retry(after: .milliseconds(200)), "\(error); it is being created"))
        case (_, .success): return .success(.done)
        case (_, .failure(let error)): return .failure(DeliveryFailure(error))
        }
    }
}

extension DeliveryFailure {
    init(_ error: ObjectStoreError) { self.init(error.failureClass, error.advice) }
}
