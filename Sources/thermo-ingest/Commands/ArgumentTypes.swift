import ArgumentParser
import IngestCore

extension ChunkWriter.Encoding: ExpressibleByArgument {}

/// A size as the configuration spells it.
struct ByteCount: ExpressibleByArgument {
    let value: Int
    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        guard let value = ArgumentText.size(argument) else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { String(value) }
}

/// A duration as the configuration spells it.
struct Interval: ExpressibleByArgument {
    let value: Duration
    init(_ value: Duration) { self.value = value }

    init?(argument: String) {
        guard let value = ArgumentText.duration(argument) else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { "\(value / .seconds(1))s" }
}
