import Testing

@testable import IngestCore

@Suite("What gateways agree on")
struct AgreementTests {
    private let agreement = Agreement(owner: "me/1", repeatWindow: .seconds(10), processedTTL: .seconds(3600))
    private let sha = String(repeating: "a", count: 64)

    private func picture(
        _ imageID: String = "id", camera: String = "cam 7", source: ImageIDSource = .gateway, at milliseconds: Int64 = 1_800_000_000_123
    ) -> Picture {
        Picture(
            camera: CameraUID(camera)!, imageID: imageID, imageIDSource: source, topic: "t",
            recordedAt: Timestamp(milliseconds: milliseconds),
            size: 3, chunks: 1, sha256: sha, contentType: .jpeg, bucket: "b", key: "\(camera)/a key of \(imageID)"
        )
    }

    @Test("names the keys as the contract does")
    func keys() {
        #expect(CoordinationKey.claim(picture()) == "claim:cam 7:\(sha)")
        #expect(CoordinationKey.claim(picture("x", source: .camera)) == "claim:cam 7:x:\(sha)")
        #expect(CoordinationKey.processed("x") == "processed:x")
        #expect(CoordinationKey.lock("x") == "assemble:x")
        #expect(CoordinationKey.session(CameraUID("cam 7")!) == "camera_session:cam 7")
    }

    @Test("reads a claim as it was written, and nothing else")
    func claimText() {
        let claim = Claim(picture(), owner: "you/2", isStored: true)
        #expect(Claim(claim.text, of: claim.camera) == claim)
        #expect(Claim(claim.text, of: CameraUID("cam")!) == nil, "another camera's, whose key happens to be the same")
        for text in ["", "1", "held", claim.text.replacingWord("stored", "kept"), "held a b c d e"] {
            #expect(Claim(text, of: claim.camera) == nil, "\(text)")
        }
    }

    @Test("claims a picture nobody has")
    func fresh() {
        #expect(agreement.step(for: picture(), seeing: .init()) == .claim(Claim(picture(), owner: "me/1"), expecting: nil))
    }

    @Test("knows a stored picture by its camera's line, and by what the former service left")
    func processed() {
        for lines in ["cam 7 \(sha)", "other \(sha)\ncam 7 \(sha)", "1"] {
            #expect(agreement.step(for: picture(), seeing: .init(processed: lines)) == .stored(by: nil, as: nil), "\(lines)")
        }
        for lines in ["cam 8 \(sha)", "cam 7 \(String(repeating: "b", count: 64))", "11", "x cam 7 \(sha)"] {
            #expect(agreement.step(for: picture(), seeing: .init(processed: lines)) != .stored(by: nil, as: nil), "\(lines)")
        }
    }

    @Test("takes the identity of the gateway that was first, and waits for it")
    func second() {
        let theirs = Claim(picture("theirs", at: 1_800_000_009_000), owner: "you/2")
        var mine = picture("mine")
        #expect(agreement.step(for: mine, seeing: .init(claim: theirs.text)) == .adopt(theirs.identity))
        mine.adopt(theirs.identity)
        #expect(agreement.step(for: mine, seeing: .init(claim: theirs.text)) == .wait)
        let seen = CoordinationView(claim: theirs.text, processed: "cam 7 \(sha)")
        #expect(agreement.step(for: mine, seeing: seen) == .stored(by: "you/2", as: theirs.identity))
        #expect(agreement.step(for: mine, seeing: .init()) == .claim(Claim(mine, owner: "me/1"), expecting: nil), "the first has died")
    }

    @Test("delivers again what was stored and then reset, under the identity it has")
    func reset() {
        let stored = Claim(picture("x", source: .camera), owner: "you/2", isStored: true)
        var mine = picture("x", source: .camera, at: 1_800_000_900_000)
        #expect(agreement.step(for: mine, seeing: .init(claim: stored.text)) == .adopt(stored.identity))
        mine.adopt(stored.identity)
        #expect(agreement.step(for: mine, seeing: .init(claim: stored.text)) == .claim(Claim(mine, owner: "me/1"), expecting: stored.text))
    }

    @Test("goes alone where equal bytes of another capture are under way, and follows where they are done")
    func staticScene() {
        let mine = picture("mine", at: 1_800_000_060_000)
        let held = Claim(picture("theirs"), owner: "you/2")
        #expect(agreement.step(for: mine, seeing: .init(claim: held.text)) == .alone)
        #expect(agreement.step(for: mine, seeing: .init(claim: Claim(picture("before"), owner: "me/1").text)) == .alone)
        let stored = Claim(picture("theirs"), owner: "you/2", isStored: true)
        #expect(agreement.step(for: mine, seeing: .init(claim: stored.text)) == .claim(Claim(mine, owner: "me/1"), expecting: stored.text))
        #expect(agreement.step(for: mine, seeing: .init(claim: "no claim")) == .alone)
    }

    @Test("waits for whoever holds the image id's lock, and not for itself")
    func lock() {
        #expect(agreement.step(for: picture(), seeing: .init(lock: "former service")) == .wait)
        #expect(agreement.step(for: picture(), seeing: .init(lock: "me/1")) == .claim(Claim(picture(), owner: "me/1"), expecting: nil))
    }

    @Test("does not wait for two identical pictures where every picture counts")
    func noWindow() {
        let strict = Agreement(owner: "me/1", repeatWindow: .zero, processedTTL: .zero)
        let theirs = Claim(picture("theirs"), owner: "you/2")
        #expect(strict.step(for: picture("mine"), seeing: .init(claim: theirs.text)) == .alone)
    }
}

@Suite("The book of claims")
struct ClaimBookTests {
    private let start = Instant(sinceBoot: .seconds(100))
    private let owner = "me/1"

    @Test("keeps a second copy of the same capture waiting, and no other")
    func twins() {
        var book = ClaimBook()
        let picture = Picture.sample(key: "k")
        book.took(Claim(picture, owner: owner), of: picture, for: ParcelID(1), now: start)
        #expect(book.isTaken(picture, but: ParcelID(2)))
        #expect(!book.isTaken(picture, but: ParcelID(1)))
        _ = book.left(ParcelID(1))
        #expect(!book.isTaken(picture, but: ParcelID(2)))
    }

    @Test("gives a lock back when the last who needs it has left")
    func locks() {
        var book = ClaimBook()
        let first = Picture.sample(key: "k")
        let second = Picture(
            camera: CameraUID("other")!, imageID: first.imageID, imageIDSource: .camera, topic: "", recordedAt: first.recordedAt, size: 1,
            chunks: 1, sha256: first.sha256, contentType: .jpeg, bucket: "b", key: "k2")
        book.took(Claim(first, owner: owner), of: first, for: ParcelID(1), now: start)
        book.took(Claim(second, owner: owner), of: second, for: ParcelID(2), now: start)
        #expect(book.left(ParcelID(1)).lock == nil)
        #expect(book.left(ParcelID(2)).lock == first.imageID)
        #expect(book.left(ParcelID(2)) == ClaimBook.Rest())
    }

    @Test("renews every claim well within its life, and all at once when Redis may have forgotten")
    func renewal() {
        var book = ClaimBook()
        let picture = Picture.sample(key: "k")
        book.took(Claim(picture, owner: owner), of: picture, for: ParcelID(1), now: start)
        #expect(book.dueRenewals(most: 9, now: start + .seconds(5)).isEmpty)
        let due = start + .seconds(10)
        #expect(book.dueRenewals(most: 9, now: due - .milliseconds(1)).isEmpty)
        #expect(book.dueRenewals(most: 9, now: due).count == 1)
        #expect(book.dueRenewals(most: 9, now: due).isEmpty)
        book.renewAll(now: due)
        #expect(book.dueRenewals(most: 9, now: due).map(\.parcel) == [ParcelID(1)])
    }

    @Test("remembers what a capture was called before it took another's name")
    func formerName() {
        var book = ClaimBook()
        book.adopted(ParcelID(1), instead: "mine")
        book.adopted(ParcelID(1), instead: "theirs")
        #expect(book.parcels == [ParcelID(1)])
        #expect(book.left(ParcelID(1)).formerName == "mine")
        #expect(book.parcels.isEmpty)
    }
}

extension String {
    fileprivate func replacingWord(_ word: String, _ other: String) -> String {
        split(separator: " ").map { $0 == word ? other : String($0) }.joined(separator: " ")
    }
}
