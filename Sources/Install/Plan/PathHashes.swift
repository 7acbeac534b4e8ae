/// A set of hashes of paths.
struct PathHashes: Sendable {
    /// 0 is a free place.
    private var slots: [UInt64]
    private var mask: Int
    private var count = 0
    /// Paths were chosen so that their hashes collide: a search would take too long, so the set answers nothing any
    /// more.
    private(set) var isCrowded = false

    private static let longestSearch = 64

    init() {
        slots = Array(repeating: 0, count: 64)
        mask = 63
    }

    /// Empties the set and makes room.
    mutating func reset(capacity: Int) {
        var size = 64
        while size < capacity * 2 { size *= 2 }
        (count, isCrowded) = (0, false)
        // A table that is a little too large is emptied and kept, which costs less than a new one.
        if size <= slots.count, slots.count <= size * 8 {
            slots.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        } else {
            slots = Array(repeating: 0, count: size)
        }
        mask = slots.count - 1
    }

    func contains(_ hash: UInt64) -> Bool {
        var place = Int(truncatingIfNeeded: hash) & mask
        for _ in 0..<Self.longestSearch {
            if slots[place] == hash { return true }
            if slots[place] == 0 { return false }
            place = (place + 1) & mask
        }
        return true
    }

    /// Adds a hash; returns false if it was there already.
    mutating func insert(_ hash: UInt64) -> Bool {
        if count * 2 >= slots.count { grow() }
        var place = Int(truncatingIfNeeded: hash) & mask
        for _ in 0..<Self.longestSearch {
            if slots[place] == hash { return false }
            if slots[place] == 0 {
                slots[place] = hash
                count += 1
                return true
            }
            place = (place + 1) & mask
        }
        isCrowded = true
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        mask = slots.count - 1
        count = 0
        for hash in old where hash != 0 { _ = insert(hash) }
    }

    /// The hash of a path, never 0.
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        var position = 0
        if let base = UnsafeRawPointer(bytes.baseAddress) {
            while position + 8 <= bytes.count {
                hash = mixed(hash ^ (base + position).loadUnaligned(as: UInt64.self))
                position += 8
            }
        }
        var rest: UInt64 = 0
        while position < bytes.count {
            rest = rest << 8 | UInt64(bytes[position])
            position += 1
        }
        return mixed(hash ^ rest) | 1
    }

    /// The hash of a path, never 0.
    static func hash(_ path: PrefixPath) -> UInt64 { path.bytes.bytes.withUnsafeBufferPointer(hash) }

    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
