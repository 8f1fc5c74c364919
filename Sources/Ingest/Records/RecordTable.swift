import IngestCore

/// The record store as the record worker sees it.
final class RecordTable: RecordPort {
    private var store: RecordStore
    private var configuration: Configuration
    private let history: ClockHistory?
    private let waiting: () -> Void
    /// Told once, when the table is first reached; then nil.
    private var found: (([Picture]) -> Void)?

    /// - Parameters:
    ///   - history: corrects the times of pictures that were taken without a clock.
    ///   - waiting: called at least every few seconds while a call waits.
    ///   - found: given the newest picture of each camera as soon as the table can be asked.
    init(
        _ configuration: Configuration, history: ClockHistory? = nil, waiting: @escaping () -> Void, found: @escaping ([Picture]) -> Void
    ) throws(RecordFailure) {
        self.configuration = configuration
        self.history = history
        self.waiting = waiting
        self.found = found
        store = RecordStore(try Self.settings(configuration), waiting: waiting)
    }

    /// - Throws: where the configuration cannot be, without looking at any server.
    static func settings(_ configuration: Configuration) throws(RecordFailure) -> RecordStore.Settings {
        try RecordStore.Settings(configuration, gateway: configuration.mqtt.clientID)
    }

    /// Another address, other credentials: the next call connects anew.
    func adopt(_ new: Configuration) {
        guard new.postgres != configuration.postgres || new.intake != configuration.intake else { return }
        guard let settings = try? Self.settings(new) else { return }
        configuration = new
        store = RecordStore(settings, waiting: waiting)
    }

    func locate(_ pictures: [Picture]) throws(DeliveryFailure) -> [DeliveryBoard.Location] {
        let located = try attempt { () throws(RecordFailure) in try store.locate(pictures) }
        return located.map { located in
            switch located {
            case .new: .new
            case .again(let row): .again(row)
            case .keyTaken(let row): .keyTaken(sameBytes: row)
            }
        }
    }

    func write(_ parcels: [Parcel]) throws(DeliveryFailure) -> [Result<DeliveryBoard.Writing, DeliveryFailure>] {
        let entries = parcels.map { RecordEntry(history?.healed($0.picture) ?? $0.picture, objectVersion: $0.objectVersion) }
        let written = try attempt { () throws(RecordFailure) in try store.write(entries) }
        return written.map { written in
            switch written {
            case .inserted(let id): .success(.inserted(rowID: id))
            case .again(let row): .success(.again(row))
            case .keyTaken(let row): .success(.keyTaken(sameBytes: row))
            case .refused(let failure): .failure(DeliveryFailure(failure))
            }
        }
    }

    func moveRow(
        _ row: RecordedPicture, to picture: Picture, version: String?
    ) throws(DeliveryFailure) -> Result<Bool, DeliveryFailure> {
        let move = try attempt { () throws(RecordFailure) in
            try store.moveRow(row, toBucket: picture.bucket, key: picture.key, objectVersion: version)
        }
        return switch move {
        case .moved: .success(true)
        case .changed, .keyTaken: .success(false)
        case .refused(let failure): .failure(DeliveryFailure(failure))
        }
    }

    func probe() throws(DeliveryFailure) {
        try attempt { () throws(RecordFailure) in try store.probe() }
    }

    private func attempt<T>(_ body: () throws(RecordFailure) -> T) throws(DeliveryFailure) -> T {
        do throws(RecordFailure) {
            let answer = try body()
            if let found {
                self.found = nil
                // Whoever asks for what this could not tell has it looked for.
                if let newest = try? store.newest() { found(newest) }
            }
            return answer
        } catch {
            throw DeliveryFailure(error)
        }
    }
}

extension DeliveryFailure {
    init(_ failure: RecordFailure) { self.init(failure.failureClass, failure.description) }
}
