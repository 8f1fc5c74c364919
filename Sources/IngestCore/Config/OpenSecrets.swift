/// Files that hold a secret although everybody on the machine may read them.
struct OpenSecrets {
    /// By path, the keys whose secrets it holds.
    private var keys: [String: [String]] = [:]

    /// Notes that the secret `key` stands in `path`.
    mutating func note(_ key: String, in path: String) { keys[path, default: []].append(key) }

    /// A warning for each file that `isOpen`, with how to close it.
    func warnings(_ isOpen: (_ path: String) -> Bool) -> [String] {
        keys.sorted { $0.key < $1.key }.filter { isOpen($0.key) }.map { path, keys in
            "\(path) holds \(keys.joined(separator: ", ")), and every user of this machine may read it: "
                + "chmod 640 \(path) && chgrp thermo-ingest \(path)"
        }
    }
}
