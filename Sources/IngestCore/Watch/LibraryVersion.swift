/// One library that the program runs with, and whether it was ever tried with that version.
package struct LibraryVersion: Equatable, Sendable, CustomStringConvertible {
    package let name: String
    package let version: String

    package init(_ name: String, _ version: String) {
        self.name = name
        self.version = version
    }

    /// The oldest and the newest that the gateway was run with; of the newest its first numbers, whatever follows.
    private static let tried: [String: (oldest: String, newest: String)] = [
        "libmosquitto": ("2.0.11", "2.1"), "hiredis": ("0.14", "1.2"), "libpq": ("15", "18"), "libcurl": ("7.88", "8"),
        "libmicrohttpd": ("0.9.75", "1.0"), "zlib": ("1.2.13", "1.3"), "OpenSSL": ("3.0", "3"),
    ]

    package var description: String { "\(name) \(version)" }

    /// What to say of a version outside of those; nil for one within, and for a library of which nothing is known.
    package var concern: String? {
        guard let (oldest, newest) = Self.tried[name] else { return nil }
        let numbers = Self.numbers(version)
        let top = Self.numbers(newest)
        let range = "those thermo-ingest was tried with, \(oldest) to \(newest)"
        if numbers.lexicographicallyPrecedes(Self.numbers(oldest)) { return "\(self) is older than \(range): upgrade it" }
        if top.lexicographicallyPrecedes(numbers.prefix(top.count)) {
            return "\(self) is newer than \(range): look for a newer thermo-ingest, and be watchful until then"
        }
        return nil
    }

    /// Its leading numbers: 1, 0, 1 of `1.0.1-rc2`.
    private static func numbers(_ version: String) -> [Int] {
        version.prefix { $0.isNumber || $0 == "." }.split(separator: ".").map { Int($0) ?? .max }
    }
}

extension [LibraryVersion] {
    /// `libmosquitto 2.0.11, hiredis 0.14.1`
    package var line: String { map(\.description).joined(separator: ", ") }

    /// What to say of those outside of the range that was tried.
    package var concerns: [String] { compactMap(\.concern) }
}
