/// The slots of all open captures, dealt out in pages of 16, so that a camera that promises 4096 chunks and sends two costs two
/// pages. Grows to its bound and no further; pages are used again.
struct SlotTable {
    static let pageSize = 16
    static let none = UInt32.max

    private var slots: [Slot] = []
    private var vacant: [UInt32] = []
    private(set) var pagesInUse = 0
    let mostPages: Int

    init(mostPages: Int) { self.mostPages = mostPages }

    var isFull: Bool { pagesInUse >= mostPages }
    var isNearlyFull: Bool { pagesInUse * 8 >= mostPages * 7 }

    static func pages(for total: Int) -> Int { (total + pageSize - 1) / pageSize }

    /// - Precondition: `!isFull`.
    mutating func takePage() -> UInt32 {
        pagesInUse += 1
        if let page = vacant.popLast() {
            for index in Int(page) * Self.pageSize..<(Int(page) + 1) * Self.pageSize { slots[index] = Slot() }
            return page
        }
        let page = UInt32(slots.count / Self.pageSize)
        for _ in 0..<Self.pageSize { slots.append(Slot()) }
        return page
    }

    mutating func give(_ page: UInt32) {
        pagesInUse -= 1
        vacant.append(page)
    }

    subscript(page: UInt32, place: Int) -> Slot {
        get { slots[Int(page) * Self.pageSize + place] }
        set { slots[Int(page) * Self.pageSize + place] = newValue }
    }
}
