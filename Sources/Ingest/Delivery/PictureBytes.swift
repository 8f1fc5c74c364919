package import Clients

/// The bytes of one picture, wherever they lie. Read by one thread at a time.
package typealias PictureBytes = BodySource & Sendable
