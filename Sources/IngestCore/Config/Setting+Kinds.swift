extension Setting {
    typealias Field<Value> = any WritableKeyPath<Configuration, Value> & Sendable
    typealias Check = @Sendable (String) throws(Complaint) -> String

    /// A text; `check` refuses it or answers what to keep.
    static func text(
        _ path: String, _ field: Field<String>, _ what: String, _ reason: String, isFile: Bool = false, check: @escaping Check
    ) -> Setting {
        Setting(
            path, reason, isFile: isFile,
            value: { .text($0[keyPath: field]) },
            apply: { given, configuration throws(Complaint) in
                configuration[keyPath: field] = try check(try given.string(what))
            })
    }

    static func secret(_ path: String, _ field: Field<Secret>, _ reason: String) -> Setting {
        Setting(
            path, reason, isSecret: true,
            value: { .secret($0[keyPath: field]) },
            apply: { given, configuration throws(Complaint) in
                guard given.kind == nil || given.kind == .string else { throw Complaint("must be a text, in quotes") }
                guard !given.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
                    throw Complaint("must not hold control characters or more than one line")
                }
                configuration[keyPath: field] = Secret(given.text)
            })
    }

    static func number(_ path: String, _ field: Field<Int>, _ range: ClosedRange<Int>, _ reason: String) -> Setting {
        Setting(
            path, reason,
            value: { .number($0[keyPath: field]) },
            apply: { given, configuration throws(Complaint) in
                configuration[keyPath: field] = try number(given, in: range)
            })
    }

    static func number(_ given: GivenValue, in range: ClosedRange<Int>) throws(Complaint) -> Int {
        let allowed = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard given.kind == nil || given.kind == .integer else {
            let isNumber = given.kind == .string && Int(given.text) != nil
            throw Complaint(allowed, found: given.shown, hint: isNumber ? "write it without quotes" : nil)
        }
        guard let number = Int(given.text), range.contains(number) else { throw Complaint(allowed, found: given.shown) }
        return number
    }

    static func toggle(_ path: String, _ field: Field<Bool>, _ reason: String) -> Setting {
        Setting(
            path, reason,
            value: { .toggle($0[keyPath: field]) },
            apply: { given, configuration throws(Complaint) in
                configuration[keyPath: field] = try toggle(given)
            })
    }

    static func toggle(_ given: GivenValue) throws(Complaint) -> Bool {
        switch (given.kind, given.text.lowercased()) {
        case (.boolean, let word): return word == "true"
        case (nil, "true"), (nil, "1"), (nil, "yes"), (nil, "on"): return true
        case (nil, "false"), (nil, "0"), (nil, "no"), (nil, "off"): return false
        case (.string, "true"), (.string, "false"):
            throw Complaint("must be true or false", found: given.shown, hint: "write it without quotes")
        default: throw Complaint("must be true or false", found: given.shown)
        }
    }

    static func duration(
        _ path: String, _ field: Field<Duration>, _ range: ClosedRange<Duration>, _ reason: String, wholeSeconds: Bool = false,
        shortest: Bool = false
    ) -> Setting {
        Setting(
            path, reason,
            value: { .text(DurationText.print($0[keyPath: field], shortest: shortest)) },
            apply: { given, configuration throws(Complaint) in
                let duration = try DurationText.parse(given)
                guard range.contains(duration) else {
                    let (least, most) = (DurationText.print(range.lowerBound), DurationText.print(range.upperBound))
                    throw Complaint("must be from \"\(least)\" to \"\(most)\"", found: given.shown)
                }
                guard !wholeSeconds || duration.components.attoseconds == 0 else {
                    throw Complaint("must be whole seconds", found: given.shown)
                }
                configuration[keyPath: field] = duration
            })
    }

    static func size(_ path: String, _ field: Field<Int>, _ range: ClosedRange<Int>, _ reason: String) -> Setting {
        Setting(
            path, reason,
            value: { .text(SizeText.print($0[keyPath: field])) },
            apply: { given, configuration throws(Complaint) in
                configuration[keyPath: field] = try size(given, in: range)
            })
    }

    static func size(_ given: GivenValue, in range: ClosedRange<Int>) throws(Complaint) -> Int {
        let size = try SizeText.parse(given)
        guard range.contains(size) else {
            let (least, most) = (SizeText.print(range.lowerBound), SizeText.print(range.upperBound))
            throw Complaint("must be from \"\(least)\" to \"\(most)\"", found: given.shown)
        }
        return size
    }

    /// One of a few words. `others` names words of other systems and which of ours they mean.
    static func choice<Word: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ field: Field<Word>, _ reason: String, others: [String: String] = [:]
    ) -> Setting {
        Setting(
            path, reason,
            value: { .text($0[keyPath: field].rawValue) },
            apply: { given, configuration throws(Complaint) in
                let words = Word.allCases.map(\.rawValue)
                let allowed = "must be one of " + words.map(Quoted.text).joined(separator: ", ")
                if given.kind != nil, given.kind != .string {
                    throw Complaint(allowed, found: given.shown, hint: words.contains(given.text) ? "write it in quotes" : nil)
                }
                guard let word = Word(rawValue: given.text) else {
                    let near = others[given.text.lowercased()] ?? NearestName.of(given.text, among: words)
                    throw Complaint(allowed, found: given.shown, hint: near.map { "did you mean \(Quoted.text($0))?" })
                }
                configuration[keyPath: field] = word
            })
    }

    /// The path of a file that must be there; "" is none.
    static func file(_ path: String, _ field: Field<String>, _ reason: String) -> Setting {
        text(path, field, "the path of a file", reason, isFile: true) { name throws(Complaint) in
            guard name.isEmpty || name.hasPrefix("/") else { throw Complaint("must be an absolute path", found: Quoted.text(name)) }
            return name
        }
    }
}

extension Configuration {
    /// Setting any of its keys turns Redis on.
    var redisInUse: Redis {
        get { redis ?? Redis() }
        set { redis = newValue }
    }
}
