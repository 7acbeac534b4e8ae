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
