import CondaModel
import Support

/// The entries of a lock file in order: values of a document that is in memory, or parts of a file, each of which is
/// read when it is asked for.
struct LockEntries: Sendable {
    private enum Storage: Sendable {
        case values([YAMLValue])
        case outline(LockOutline)
    }

    private let storage: Storage

    /// - Parameter outline: has the list if that of the document is empty.
    /// - Throws: `Failure` if there is no such list.
    init(_ root: MapReader, _ key: StaticString, _ outline: LockOutline?) throws {
        let elements = try root.requiredElements(key)
        storage = outline.map { .outline($0) } ?? .values(Array(elements))
    }

    func value(_ index: Int) throws -> YAMLValue {
        switch storage {
        case .values(let values): values[index]
        case .outline(let outline): try outline.value(index)
        }
    }

    func forEach(_ body: (Int, YAMLValue) throws -> Void) throws {
        switch storage {
        case .values(let values): for (index, value) in values.enumerated() { try body(index, value) }
        case .outline(let outline): try outline.forEach(body)
        }
    }
}

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
