/// Finds entries by what refers to them. It keeps only hashes, so callers have to compare the entries that are found.
struct EntryIndex: Sendable {
    private var pairs: [(hash: Int, entry: Int32)] = []

    mutating func add(_ key: some Hashable, entry: Int) {
        pairs.append((key.hashValue, Int32(truncatingIfNeeded: entry)))
    }

    /// To be called once, after all entries were added.
    mutating func sort() { pairs.sort { ($0.hash, $0.entry) < ($1.hash, $1.entry) } }

    /// The entries that may be meant, in the order of the file.
    func candidates(_ key: some Hashable) -> [Int] {
        let hash = key.hashValue
        var (low, high) = (0, pairs.count)
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        return pairs[low...].prefix { $0.hash == hash }.map { Int($0.entry) }
    }
}
