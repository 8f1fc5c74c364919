import Clients
import IngestCore

extension BrokerLimits {
    init(_ session: MosquittoSession) {
        self.init()
        sessionExpiry = session.sessionExpiry?.components.seconds
        keepalive = session.keepalive.map { Int($0.components.seconds) }
        maximumPacketSize = session.maximumPacketSize
        receiveMaximum = session.receiveMaximum
        maximumQoS = session.maximumQoS
        retains = session.retains
        wildcardSubscriptions = session.wildcardSubscriptions
        sharedSubscriptions = session.sharedSubscriptions
        assignedClientID = session.assignedClientID
    }
}
