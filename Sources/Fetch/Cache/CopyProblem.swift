import Support

/// Why a file of a cache cannot be used.
enum CopyProblem {
    /// The file is damaged or incomplete.
    case damage(String)
    /// Two projects may mean different files by one name: builds of their own, wheels of an index of their own.
    case other(String)

    /// - Parameter expected: bytes the file should have; nil: the lock file does not say.
    init(_ mismatch: HashMismatch, _ source: LocalSource, expected: Int64?) {
        let reason = "its \(mismatch.name) is \(mismatch.actual)"
        // A file of the right length has changed bytes.
        if expected != source.size, CopyProblem.isWhole(source) {
            self = .other(reason)
        } else {
            let isShort = expected.map { source.size < $0 } ?? false
            self = .damage((isShort ? "it is too short, " : "") + reason)
        }
    }

    var reason: String {
        switch self {
        case .damage(let reason), .other(let reason): reason
        }
    }

    /// Whether the first and last bytes are those of a package or wheel. The end of a `.tar.bz2` has no mark.
    private static func isWhole(_ source: LocalSource) -> Bool {
        let slice = FileSlice(file: source.file, offset: 0, length: source.size)
        let endSize: Int64 = 22
        guard source.size > endSize, let head = try? slice.part(offset: 0, length: 4).readAll(),
            let end = try? slice.part(offset: source.size - endSize, length: 4).readAll()
        else { return false }
        let isZip = head.elementsEqual("PK\u{3}\u{4}".utf8) && end.elementsEqual("PK\u{5}\u{6}".utf8)
        return isZip || head.starts(with: "BZh".utf8)
    }
}
