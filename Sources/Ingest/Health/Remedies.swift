import Clients
import Glibc
import Platform

// What to do about each failure, for the log, the health page and the doctor alike. What the stores answer has its remedies beside its
// verdicts: S3Verdicts, TransportVerdicts, SQLStateClass.

extension MosquittoError {
    /// What to do next, as the rest of a sentence.
    var fix: String {
        switch cause {
        case .setting: "correct [mqtt]; see: thermo-ingest check"
        case .lookup: "correct the host in [mqtt] url, or the name service"
        case .network(ECONNREFUSED): "start the broker, or correct [mqtt] url: nobody listens there"
        case .network, .timedOut, .silent: "see that the broker's machine can be reached from here, and its port through the firewalls"
        case .wantsTLS: "let [mqtt] url begin with mqtts://, or name the broker's port for plain MQTT"
        case .tls: "correct [mqtt] tls (ca_file, cert_file, key_file), or the broker's certificate"
        case .refused(let reason, filter: nil) where reason == .badCredentials || reason == .notAuthorised:
            "correct [mqtt] username and password, or let this user in at the broker; client ids that begin with thermo-ingest must be allowed"
        case .refused(_, filter: _?), .lowerQoS: "let this user subscribe to [mqtt] topic at the broker, at [mqtt] qos"
        case .refused(let reason, filter: nil) where reason == .protocolVersion: "set [mqtt] version to one that the broker speaks"
        case .dismissed(let reason) where reason == .sessionTakenOver: "give each gateway an [mqtt] client_id of its own"
        case .refused, .dismissed: "look into the broker's log"
        case .hungUp where step == .converse:
            "if the broker was not stopped, look into its log, and see that no other client uses the same [mqtt] client_id"
        case .hungUp, .malformed: "see whether [mqtt] url names an MQTT broker, and mqtt:// or mqtts:// as its port wants"
        case .unknownAnswer: "raise message_size_limit at the broker, or send smaller messages"
        case .outOfMemory, .library: "look into the broker's log, and at this machine's memory"
        }
    }

    /// What happened, where, and what to do next.
    var advice: String { description.followed(by: fix) }
}

extension RedisError {
    /// What to do next, as the rest of a sentence.
    var fix: String {
        switch cause {
        case .lookup: "correct the host in [redis] url or REDIS_HOST, or the name service"
        case .network, .hungUp: "start Redis, or correct [redis] url or REDIS_HOST and REDIS_PORT: nobody answers there"
        case .tls: "correct [redis] ca_file, or Redis' certificate, or let [redis] url begin with redis:// where Redis has no TLS"
        case .timedOut: "see that Redis can be reached from here and is not overloaded, or raise [redis] timeout"
        case .malformed: "correct [redis] url: what answers there is no Redis, or wants TLS"
        case .credentials: "correct [redis] password or REDIS_PASSWORD"
        case .notPermitted:
            "let this user PING, GET, SET, DEL, PEXPIRE, HSET, HGETALL, SCAN, SCRIPT LOAD, EVALSHA and EVAL, on all keys (ACL SETUSER)"
        case .serverFull: "raise maxmemory in redis.conf, or choose an eviction policy"
        case .cannotPersist: "make room on Redis' disk: it cannot save, and takes no writes"
        case .readOnly: "let [redis] url name the primary, not a replica"
        case .loading, .busy: "wait until Redis has started; it is tried again by itself"
        case .noScript, .wrongType, .outOfMemory, .refused: "look into Redis' log"
        }
    }

    /// What happened, where, and what to do next.
    var advice: String { description.followed(by: fix) }
}

extension SystemError {
    /// What to do about a folder of ours that cannot be used, as the rest of a sentence.
    func fix(in folder: String) -> String {
        switch code {
        case ENOSPC, EDQUOT: "make room on that disk, or raise the user's quota"
        case EROFS: "mount the file system for writing, and look into the kernel's log (dmesg) for why it is read-only"
        case EACCES, EPERM: "let the gateway's user into \(folder) and all folders above it"
        case EIO: "look into the kernel's log (dmesg), save what is on the disk, and replace it"
        default: "correct [spool] directory, or see what is wrong with that disk (dmesg)"
        }
    }
}

extension String {
    /// This as a sentence of its own: with a full stop where it ends in none.
    var sentence: String {
        var text = self
        while text.last == " " || text.hasSuffix("..") { text.removeLast() }
        return text.last.map { ".?!".contains($0) } ?? true ? text : text + "."
    }

    /// Both as sentences.
    func followed(by next: String) -> String {
        guard let first = next.first else { return sentence }
        return "\(sentence) \((first.uppercased() + next.dropFirst()).sentence)"
    }
}
