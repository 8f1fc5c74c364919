/// The rules for cameras that give no image id: what one chunk is to the camera's session.
///
/// Chunks come in order, though any may be lost or repeated, and nothing but order and bytes tells where a capture ends. What
/// counts is the run: it begins with every chunk 0, goes on with chunk 1, 2, ... and bears nothing between but repeats. A capture
/// is complete when one run has all of it. So the bytes of a stored picture arrived in one piece, and a chunk that comes later to
/// fill a hole completes nothing.
///
/// ```
/// news, chunk i of `total`, the run having reached n (it has chunks 0 ..< n)
/// no session             a session opens, which for i > 0 lacks its beginning
/// another total          the old one is superseded, and a session opens as above
/// i = 0                  superseded, a session opens
/// i = n                  empty: taken; filled in an earlier run: the old one is superseded, and the new one owns 0 ..< n
/// i < n, or n = 0        superseded, a session opens that lacks its beginning
/// i > n                  a gap: the run is broken, its bytes are freed; only the next chunk 0 helps
///
/// told before
/// i = 0                  its own: the run begins anew, with the bytes that are there. Another's: the session stands back, one opens
/// i = n                  its own: the run goes on. An older one's: taken, in doubt (unless the session is all of that one's)
/// else                   nothing changes
/// ```
/// Messages of QoS 1 may overtake each other, so there a gap breaks nothing:
///
/// ```
/// i = 0                  a session that lacks few chunks stays open beside the one that begins (the elder), also one that begins alike
/// i = n                  taken; the run goes on through chunks that came ahead
/// i > n                  the elder's, where that lacks it; else it keeps its slot, ahead, until other bytes claim it
/// i < n, other           straight after the chunk that it contradicts, one of the two is a stray and nobody knows which: nothing is
///                        made of the session. Else the elder's, where that lacks it, or a stray of a later capture, and ignored
/// ```
enum SessionVerdict: Equatable {
    /// A chunk of a capture that is gone: nothing changes.
    case lateRepeat
    /// The session has it.
    case repeats
    /// A session opens. What becomes of the present one?
    case opens
    case supersedes
    case standsBack
    case staysBeside
    /// The elder's chunk 0 came again: it goes on.
    case resumesElder
    /// The run begins anew, or goes on with a chunk that is new or there already.
    case restarts
    case advances
    /// The run goes on with what may be an older capture's.
    case advancesInDoubt
    /// The run left the capture whose first chunks it repeated.
    case succeeds
    case keepsAhead
    case keepsAheadInDoubt
    case claims
    case goesToElder
    case strays
    case contradicts
    case breaksRun
}

struct SessionView {
    enum Match { case otherTotal, empty, equal, other }

    /// What the chunk finds in its slot.
    var match: Match
    var run: Int
    /// Its slot was filled ahead of the run.
    var isAhead: Bool
    /// At most half of its chunks are missing, and its chunk 0 is there.
    var lacksFew: Bool
}

struct ElderView {
    /// Its chunk 0 equals the chunk.
    var beginsSo: Bool
    /// Its slot for the chunk is empty.
    var lacks: Bool
}

enum SessionRules {
    static func verdict(index: Int, isNews: Bool, mayOvertake: Bool, session: SessionView?, elder: ElderView?) -> SessionVerdict {
        let isElders = mayOvertake && isNews && elder?.lacks == true
        guard let session else {
            if index == 0 { return !isNews && elder?.beginsSo == true ? .resumesElder : .opens }
            if !isNews { return .lateRepeat }
            return isElders ? .goesToElder : .opens
        }
        if index == 0 { return begins(isNews: isNews, mayOvertake: mayOvertake, session, elder) }
        if !isNews {
            switch session.match {
            case .equal: return index == session.run ? .advances : .repeats
            case .empty where index == session.run: return .advancesInDoubt
            case .empty: return mayOvertake && session.run > 0 ? .keepsAheadInDoubt : .lateRepeat
            case .other, .otherTotal: return .lateRepeat
            }
        }
        return mayOvertake ? unordered(index, session, isElders) : ordered(index, session)
    }

    private static func begins(isNews: Bool, mayOvertake: Bool, _ session: SessionView, _ elder: ElderView?) -> SessionVerdict {
        switch session.match {
        case .equal:
            // It tells the capture again, or begins another one that begins alike.
            return mayOvertake && session.lacksFew && session.run > 1 ? .staysBeside : .restarts
        case .empty, .other, .otherTotal:
            if !isNews { return elder?.beginsSo == true ? .resumesElder : .standsBack }
            return mayOvertake && session.lacksFew ? .staysBeside : .supersedes
        }
    }

    private static func ordered(_ index: Int, _ session: SessionView) -> SessionVerdict {
        switch session.match {
        case .otherTotal: .supersedes
        case .other: index == session.run ? .succeeds : .supersedes
        case .equal where index < session.run || session.run == 0: .repeats
        case .equal, .empty: index == session.run ? .advances : .breaksRun
        }
    }

    private static func unordered(_ index: Int, _ session: SessionView, _ isElders: Bool) -> SessionVerdict {
        switch session.match {
        case .equal: return index == session.run ? .advances : .repeats
        case .empty:
            if session.run == 0 { return isElders ? .goesToElder : .breaksRun }
            if index == session.run { return .advances }
            return isElders ? .goesToElder : .keepsAhead
        case .other:
            if session.run == 0 { return .supersedes }
            if session.isAhead || index > session.run { return .claims }
            if index == session.run { return .succeeds }
            if index == session.run - 1 { return .contradicts }
            return isElders ? .goesToElder : .strays
        case .otherTotal:
            return session.run == 0 ? .supersedes : isElders ? .goesToElder : .strays
        }
    }
}
