import CMosquitto
import Glibc
import Platform

/// What one client asked its broker to send, and what the broker said to it.
struct MosquittoSubscription {
    /// By the identifier of the SUBSCRIBE that asks for them, in their order there.
    var asked: [CInt: [String]] = [:]
    /// When the broker's answer to a SUBSCRIBE is overdue.
    var deadline: Duration?
    /// Why a filter is not in force as it was asked for.
    var refusals: [String: MosquittoError] = [:]
    /// The broker grants at least one filter on this connection, at whichever QoS.
    var isInForce = false
    /// The broker once granted every filter, so a session it kept has them.
    var hasAll = false

    /// The SUBSCRIBE for `MosquittoSettings.notices`, while it is not answered.
    private var notices: CInt?
    private var hasAskedForNotices = false
    /// How many connections ended in that time. Some brokers hang up on whoever asks for what he may not have.
    private var fatalNotices = 0
    private static let mostFatalNotices = 2

    var mayAskForNotices: Bool { !hasAskedForNotices && fatalNotices < Self.mostFatalNotices }

    mutating func askedForNotices(_ identifier: CInt) {
        notices = identifier
        hasAskedForNotices = true
    }

    /// - Returns: whether the answer to that SUBSCRIBE was about notices alone.
    mutating func takeNotices(_ identifier: CInt) -> Bool {
        guard identifier == notices else { return false }
        notices = nil
        return true
    }

    mutating func connectionEnded() {
        if notices != nil { fatalNotices += 1 }
        notices = nil
        hasAskedForNotices = false
        asked = [:]
        deadline = nil
        refusals = [:]
        isInForce = false
    }
}

extension MosquittoClient {
    /// What the broker refuses of the filters, or grants at a lower QoS, in the filters' order. As of its last answers.
    package var refusals: [MosquittoError] { settings.filters.compactMap { subscription.refusals[$0] } }

    /// Whether at least one filter is in force.
    package var isSubscribed: Bool { subscription.isInForce }

    /// Asks once more for the filters that the broker refused; it answers with events. The others are not touched, so no retained
    /// message comes again for their sake.
    package func subscribeAgain() {
        guard isConnected, subscription.asked.isEmpty, let handle = unsafe handle else { return }
        let refused = settings.filters.filter { subscription.refusals[$0] != nil }
        if !refused.isEmpty { unsafe subscribe(handle, to: refused) }
    }

    /// A connection began: asks for what the session does not have.
    func began(keptSession: Bool) {
        guard !settings.filters.isEmpty, let handle = unsafe handle else { return }
        // A kept session has its subscriptions; but mosquitto 2.0 forgets shared ones when it restarts, and tells nobody.
        if keptSession && subscription.hasAll && !settings.isShared {
            subscription.isInForce = true
            events.append(.subscribed)
            unsafe askForNotices(handle)
        } else {
            unsafe subscribe(handle, to: settings.filters)
        }
    }

    /// The corresponding C function is `mosquitto_subscribe_multiple`.
    private func subscribe(_ handle: OpaquePointer, to filters: [String]) {
        let copies = unsafe filters.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        // Retained messages are chunks of old captures; a subscription that exists already must not bring them again.
        let options = settings.version == .v5 ? CInt(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue) : 0
        var identifier: CInt = 0
        let code = unsafe mosquitto_subscribe_multiple(handle, &identifier, CInt(copies.count), copies, CInt(settings.qos), options, nil)
        guard code == 0 else { return finish(failure(.subscribe, .init(code: code, error: 0))) }
        subscription.asked[identifier] = filters
        subscription.deadline = MonotonicClock.now() + settings.connectTimeout
    }

    /// In a SUBSCRIBE of its own: it must not take the filters down with it.
    private func askForNotices(_ handle: OpaquePointer) {
        guard let topic = settings.notices, subscription.mayAskForNotices else { return }
        var identifier: CInt = 0
        // What is retained there is the present state, wanted each time.
        guard unsafe mosquitto_subscribe(handle, &identifier, topic, 0) == 0 else { return }
        subscription.askedForNotices(identifier)
    }

    /// Draws the conclusions from a SUBACK.
    /// - Parameter grants: the granted QoS or a reason code of each filter; one without an answer counts as refused.
    func granted(_ grants: [CInt], to identifier: CInt) {
        guard !subscription.takeNotices(identifier), let filters = subscription.asked.removeValue(forKey: identifier) else { return }
        subscription.deadline = nil
        for (index, filter) in filters.enumerated() {
            let grant = index < grants.count ? grants[index] : 128
            if grant < 128 { subscription.isInForce = true }
            guard grant != settings.qos else {
                subscription.refusals[filter] = nil
                continue
            }
            let cause: MosquittoError.Cause =
                grant < 128
                ? .lowerQoS(Int(grant), filter: filter) : .refused(MQTTReason(code: UInt8(truncatingIfNeeded: grant)), filter: filter)
            let refusal = failure(.subscribe, cause)
            subscription.refusals[filter] = refusal
            events.append(.refused(refusal))
        }
        subscription.hasAll = subscription.refusals.isEmpty
        if subscription.hasAll { events.append(.subscribed) }
        if let handle = unsafe handle { unsafe askForNotices(handle) }
    }
}
