package import IngestCore
package import Platform

/// Where an entry lies.
package struct SpoolPlace: Hashable, Sendable {
    package let area: SpoolLayout.Area
    package let name: SpoolEntryName

    package init(area: SpoolLayout.Area, name: SpoolEntryName) {
        self.area = area
        self.name = name
    }
}

extension SpoolStore {
    /// Entries that a person may mean: by file name with or without extension, by path, or by image id.
    /// - Parameter unreadable: told of each folder that cannot be read; it is passed over.
    package func find(_ text: String, unreadable: @escaping (SystemError) -> Void = { _ in }) -> [SpoolPlace] {
        let file = String(text.split(separator: "/").last ?? "")
        let areas = SpoolLayout.Area.allCases
        if let name = SpoolEntryName.parse(fileName: file[...])?.name ?? SpoolEntryName(base: file) {
            let named = areas.filter { text.hasPrefix("\($0.rawValue)/") || text.contains("/\($0.rawValue)/") }
            var places: [SpoolPlace] = []
            for area in named.isEmpty ? areas : named {
                do throws(SpoolError) { if try isThere(name, area) { places.append(SpoolPlace(area: area, name: name)) } } catch {
                    if let error = error.system { unreadable(error) }
                }
            }
            if !places.isEmpty { return places }
        }
        var places: [SpoolPlace] = []
        for area in areas {
            let walk = walk(.oldestFirst, in: area, unreadable: unreadable)
            while let name = walk.next(1).first {
                if name.names(imageID: text) { places.append(SpoolPlace(area: area, name: name)) }
            }
        }
        return places
    }

    private func isThere(_ name: SpoolEntryName, _ area: SpoolLayout.Area) throws(SpoolError) -> Bool {
        if try status(layout.record(area, name)) != nil { return true }
        return try hasPicture(name, area)
    }

    /// The files of an entry, whatever of it there is: picture, record, and a record that could not be read.
    package func paths(_ place: SpoolPlace) throws(SpoolError) -> [String] {
        var paths: [String] = []
        if let picture = try pictureExtension(place.name, place.area) { paths.append(layout.file(place.area, place.name, picture)) }
        let record = layout.record(place.area, place.name)
        for path in [record, record + ".damaged"] {
            if try status(path) != nil { paths.append(path) }
        }
        return paths
    }

    /// Removes what a person wants gone, damaged or not.
    package func discard(_ place: SpoolPlace) throws(SpoolError) {
        let (area, name) = (place.area, place.name)
        let files = try paths(place)
        if files.isEmpty { throw .gone(name) }
        if files.contains(layout.record(area, name)) {
            try remove(name, try pictureExtension(name, area) ?? SpoolEntryName.recordExtension, in: area)
        }
        for path in try paths(place) where path.hasSuffix(".damaged") || !files.contains(layout.record(area, name)) {
            try onDisk { () throws(SystemError) in
                try unlessMissing { () throws(SystemError) in try self.files.unlink(path) }
            }
        }
    }

    /// Asks a running gateway to try everything again at once.
    package func requestRetry() throws(SpoolError) { try request(layout.retryRequest) }

    /// Asks a running gateway to count everything anew.
    package func requestRecount() throws(SpoolError) { try request(layout.recountRequest) }

    private func request(_ path: String) throws(SpoolError) {
        try onDisk { () throws(SystemError) in try files.withFile(path, .create) { _ in } }
    }

    /// Begins a pending entry anew: no attempts, no error.
    package func forgive(_ name: SpoolEntryName) throws(SpoolError) {
        var record = try load(name).record
        record.attempts = 0
        record.lastError = nil
        record.nextAttempt = nil
        try update(name, record)
    }

    /// Copies an entry's files into a folder, each under its own name.
    /// - Throws: an error on a path of the spool's where the entry cannot be read, on one of the folder's where it cannot be written.
    package func export(_ place: SpoolPlace, to folder: String) throws(SpoolError) {
        let paths = try paths(place)
        if paths.isEmpty { throw .gone(place.name) }
        try onDisk { () throws(SystemError) in
            for path in paths {
                let target = folder + "/" + (path.split(separator: "/").last.map { String($0) } ?? "")
                do throws(SystemError) { try copy(path, to: target + ".tmp") } catch {
                    try? files.unlink(target + ".tmp")
                    throw error
                }
                try files.rename(target + ".tmp", to: target)
            }
        }
    }

    private func copy(_ source: String, to target: String) throws(SystemError) {
        try files.withFile(source, .read) { input throws(SystemError) in
            try files.withFile(target, .create) { output throws(SystemError) in
                var piece = [UInt8](repeating: 0, count: 64 << 10)
                var offset = 0
                while true {
                    let count: Int
                    do throws(SystemError) { count = try files.read(input, at: offset, into: &piece, 0..<piece.count) } catch {
                        throw SystemError(error.operation, error.code, on: source)
                    }
                    if count == 0 { break }
                    try unsafe piece.span.extracting(first: count).withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(SystemError) in
                        try unsafe files.write(bytes, to: output)
                    }
                    offset += count
                }
                try files.sync(output)
            }
        }
    }
}

extension SpoolEntryName {
    /// Whether a picture with that image id may have this name: also one that a checksum tells from another.
    func names(imageID text: String) -> Bool {
        if imageID == text[...] { return true }
        guard imageID.hasPrefix(text), imageID.utf8.count == text.utf8.count + 9 else { return false }
        let rest = imageID.dropFirst(text.count)
        return rest.first == "-" && rest.dropFirst().allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}
