/// Makes a configuration of a file, the environment and defaults, or tells every mistake in them at once.
///
/// What beats what, from the weakest: default; file; environment. Within the file a URL's user and password are the weakest, then a
/// systemd credential, then `x` or `x_file` (an empty one counts as not given; both is a mistake). A variable of the environment
/// beats all of the file, also with the user and password in its URL.
package struct ConfigurationReader {
    let sources: ConfigurationSources
    let nodes: [String: ConfigurationNode]
    var configuration = Configuration()
    var origins: [String: SettingSource] = [:]
    var mistakes: [Mistake] = []
    /// Keys whose value is not known, for it was mistaken.
    var unsettled: Set<String> = []

    package static func read(_ sources: ConfigurationSources) throws(Mistakes) -> InForce {
        var reader = ConfigurationReader(sources)
        reader.readFile()
        let warnings = reader.secretsInFiles.warnings(sources.isOpenToAll)
        reader.readEnvironment()
        reader.reportUnknownKeys()
        reader.mistakes += sources.syntaxErrors.map { $0.mistake(in: sources.file) }
        // A line that could not be read may hold the other half of a rule.
        if sources.syntaxErrors.isEmpty { reader.applyRules() }
        guard reader.mistakes.isEmpty else { throw Mistakes(reader.mistakes.sorted(by: Self.comesFirst)) }
        return InForce(configuration: reader.configuration, origins: reader.origins, notes: reader.notes, warnings: warnings)
    }

    private init(_ sources: ConfigurationSources) {
        self.sources = sources
        nodes = Dictionary(sources.nodes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func source(of node: ConfigurationNode) -> SettingSource { .file(sources.file, line: node.line) }

    // MARK: The file

    private mutating func readFile() {
        if nodes["redis"] != nil { configuration.redis = Configuration.Redis() }
        for setting in Setting.all {
            if setting.isSecret {
                readSecret(setting)
            } else if let node = nodes[setting.path] {
                let elements = sources.nodes.filter { $0.path.hasPrefix(setting.path + "[") }
                if node.kind == .array, let check = setting.element, !checkElements(elements, of: setting, check) { continue }
                take(GivenValue(node, elements: elements), for: setting, from: source(of: node))
            }
        }
    }

    private mutating func checkElements(
        _ elements: [ConfigurationNode], of setting: Setting, _ check: (GivenValue) throws(Complaint) -> Void
    ) -> Bool {
        let before = mistakes.count
        for element in elements {
            do throws(Complaint) {
                try check(GivenValue(element))
            } catch {
                complain(error, about: setting.path, at: source(of: element))
            }
        }
        return mistakes.count == before
    }

    private mutating func take(_ given: GivenValue, for setting: Setting, from source: SettingSource) {
        let before = configuration
        do throws(Complaint) {
            try setting.apply(given, &configuration)
            settle(setting, from: source, before: before)
            if setting.isFile { checkFile(setting, source) }
        } catch {
            complain(error, about: setting.path, at: source)
        }
    }

    private mutating func settle(_ setting: Setting, from source: SettingSource, before: Configuration) {
        origins[setting.path] = source
        for part in setting.parts.compactMap({ Setting.byPath[$0] }) where part.value(before) != part.value(configuration) {
            origins[part.path] = source
        }
    }

    private mutating func complain(_ complaint: Complaint, about key: String, at source: SettingSource) {
        mistakes.append(Mistake(complaint, source: source, key: key))
        unsettled.insert(key)
    }

    private mutating func checkFile(_ setting: Setting, _ source: SettingSource) {
        guard case .text(let path) = setting.value(configuration), !path.isEmpty else { return }
        switch sources.read(path) {
        case .bytes: break
        case .missing:
            complain(Complaint("cannot be read: there is no such file", found: Quoted.text(path)), about: setting.path, at: source)
        case .failed(let why): complain(Complaint("cannot be read: \(why)", found: Quoted.text(path)), about: setting.path, at: source)
        }
    }

    // MARK: Secrets

    private mutating func readSecret(_ setting: Setting) {
        let word = nodes[setting.path].flatMap { $0.kind == .string && $0.text.isEmpty ? nil : $0 }
        let file = nodes[setting.path + "_file"].flatMap { $0.kind == .string && $0.text.isEmpty ? nil : $0 }
        switch (word, file) {
        case (let word?, let file?):
            let later = max(word.line, file.line)
            let hint = "keep \(setting.name)_file and remove \(setting.name)"
            let complaint = Complaint("must be given as \(setting.name) or as \(setting.name)_file, not both", hint: hint)
            complain(complaint, about: setting.path, at: .file(sources.file, line: later))
        case (let word?, nil):
            take(GivenValue(word), for: setting, from: source(of: word))
        case (nil, let file?):
            readSecretFile(setting, file)
        case (nil, nil):
            readCredential(setting)
        }
    }

    private mutating func readSecretFile(_ setting: Setting, _ node: ConfigurationNode) {
        do throws(Complaint) {
            let path = try GivenValue(node).string("the path of a file")
            guard path.hasPrefix("/") else { throw Complaint("must be an absolute path", found: Quoted.text(path)) }
            let text: String
            switch sources.read(path) {
            case .bytes(let bytes): text = try Self.secret(in: bytes, of: path)
            case .missing: throw Complaint("cannot be read: there is no such file", found: Quoted.text(path))
            case .failed(let why): throw Complaint("cannot be read: \(why)", found: Quoted.text(path))
            }
            take(GivenValue(text: text), for: setting, from: source(of: node))
        } catch {
            complain(error, about: setting.path + "_file", at: source(of: node))
            unsettled.insert(setting.path)
        }
    }

    private mutating func readCredential(_ setting: Setting) {
        guard let folder = EnvironmentVariable.text("CREDENTIALS_DIRECTORY", in: sources.environment) else { return }
        if setting.section == "redis", configuration.redis == nil, !turnsRedisOn { return }
        if setting.section == "redis", configuration.redis == nil { configuration.redis = Configuration.Redis() }
        let source = SettingSource.credential(setting.path)
        do throws(Complaint) {
            switch sources.read("\(folder)/\(setting.path)") {
            case .bytes(let bytes):
                take(GivenValue(text: try Self.secret(in: bytes, of: "\(folder)/\(setting.path)")), for: setting, from: source)
            case .missing: break
            case .failed(let why): throw Complaint("cannot be read: \(why)")
            }
        } catch {
            complain(error, about: setting.path, at: source)
        }
    }

    /// What a secret file holds, without the newline that editors and `echo` leave at its end.
    private static func secret(in bytes: [UInt8], of path: String) throws(Complaint) -> String {
        guard var text = String(validating: bytes, as: UTF8.self) else { throw Complaint("is no UTF-8", found: Quoted.text(path)) }
        // "\r\n" is one Character.
        if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        guard !text.isEmpty else { throw Complaint("is empty", found: Quoted.text(path)) }
        return text
    }

    /// Where the secrets stand that the file gives, itself or by the name of another; those that the environment beats, too.
    private var secretsInFiles: OpenSecrets {
        var secrets = OpenSecrets()
        for setting in Setting.all {
            guard case .file? = origins[setting.path] else { continue }
            if setting.isSecret {
                let named = nodes[setting.path + "_file"].flatMap { $0.text.isEmpty ? nil : $0.text }
                secrets.note(setting.path, in: named ?? sources.file)
            } else if setting.path == "mqtt.tls.key_file", case .text(let path) = setting.value(configuration), !path.isEmpty {
                secrets.note(setting.path, in: path)
            }
        }
        return secrets
    }

    // MARK: The environment

    private var turnsRedisOn: Bool { EnvironmentVariable.text("REDIS_HOST", in: sources.environment) != nil }

    private mutating func readEnvironment() {
        if configuration.redis == nil, turnsRedisOn { configuration.redis = Configuration.Redis() }
        for variable in EnvironmentVariable.all {
            guard let text = EnvironmentVariable.text(variable.name, in: sources.environment), let setting = Setting.byPath[variable.key]
            else {
                continue
            }
            // While nothing turns Redis on, REDIS_PORT and the like say nothing, whoever set them.
            if setting.section == "redis", configuration.redis == nil { continue }
            let source = SettingSource.environment(variable.name)
            let before = configuration
            do throws(Complaint) {
                try variable.apply(text, sources.environment, &configuration)
                if variable.scope != .override {
                    settle(setting, from: variable.scope == .part ? joined(source, setting, variable) : source, before: before)
                } else if setting.isSecret, configuration != before {
                    settle(setting, from: source, before: before)
                }
            } catch {
                complain(error, about: setting.path, at: source)
            }
        }
    }

    /// Several variables may make up one URL.
    private func joined(_ source: SettingSource, _ setting: Setting, _ variable: EnvironmentVariable) -> SettingSource {
        guard case .environment(let earlier)? = origins[setting.path], earlier != variable.name else { return source }
        return .environment("\(earlier), \(variable.name)")
    }

    // MARK: Order

    /// The file from top to bottom, then credentials and variables by name.
    private static func comesFirst(_ a: Mistake, _ b: Mistake) -> Bool {
        func rank(_ mistake: Mistake) -> (Int, Int, String, String, String) {
            switch mistake.source {
            case .file(_, let line): (0, line, "", mistake.key ?? "", mistake.problem)
            case .credential(let name): (1, 0, name, mistake.key ?? "", mistake.problem)
            case .environment(let name): (2, 0, name, mistake.key ?? "", mistake.problem)
            case .standard: (3, 0, "", mistake.key ?? "", mistake.problem)
            }
        }
        return rank(a) < rank(b)
    }
}
