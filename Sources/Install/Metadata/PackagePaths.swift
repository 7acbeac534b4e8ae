import Support

/// The paths of a package, in the order of its metadata. An environment has a hundred thousand of them, so they are kept in
/// flat arrays, and a `PackagePath` is made when it is asked for.
struct PackagePaths: Sendable {
    private struct Entry {
        /// The place in `placeholders`, plus one; 0: it has none.
        var placeholder: UInt32 = 0
        var kind: PackagePath.Kind
        var noLink = false
        var hasDigest = false
        var hasSize = false
    }

    private var sources = RelativePaths()
    private var entries: [Entry] = []
    private var digests: [SHA256Digest] = []
    private var sizes: [UInt64] = []
    /// Equal ones that follow each other are kept once.
    private(set) var placeholders: [PackagePath.Placeholder] = []
    private var spellings: [Int: ByteString] = [:]

    init() {}

    init(_ paths: some Sequence<PackagePath>) {
        for path in paths { append(path) }
        trim()
    }

    /// Gives back memory that was reserved for further paths.
    mutating func trim() {
        sources.trim()
        entries = entries.map { $0 }
        digests = digests.map { $0 }
        sizes = sizes.map { $0 }
    }

    mutating func append(_ path: PackagePath) {
        if let spelling = path.spelling { spellings[entries.count] = spelling }
        sources.append(path.source)
        append(path.kind, noLink: path.noLink, sha256: path.sha256, size: path.size)
        if let placeholder = path.placeholder { setPlaceholder(placeholder.text.bytes, placeholder.mode) }
    }

    /// Adds a path as `PathsScanner` finds it; returns false if it is not written as it would be kept.
    mutating func append(_ entry: PathsScanner.Entry) -> Bool {
        guard sources.append(plain: entry.path) else { return false }
        append(entry.kind, noLink: entry.noLink, sha256: entry.sha256, size: entry.size)
        if let text = entry.placeholder, let mode = entry.fileMode { setPlaceholder(text, mode) }
        return true
    }

    private mutating func append(_ kind: PackagePath.Kind, noLink: Bool, sha256: SHA256Digest?, size: UInt64?) {
        entries.append(Entry(kind: kind, noLink: noLink, hasDigest: sha256 != nil, hasSize: size != nil))
        digests.append(sha256 ?? .zero)
        sizes.append(size ?? 0)
    }

    /// Most files of a package share one.
    private mutating func setPlaceholder(_ text: some Sequence<UInt8>, _ mode: PackagePath.Placeholder.FileMode) {
        if placeholders.last.map({ $0.mode == mode && $0.text.bytes.elementsEqual(text) }) != true {
            placeholders.append(.init(text: ByteString(text), mode: mode))
        }
        entries[entries.count - 1].placeholder = UInt32(placeholders.count)
    }

    // MARK: Parts of a path

    /// Whether the package writes all paths in the form in which they are kept.
    var areSpeltPlainly: Bool { spellings.isEmpty }

    func source(_ index: Int) -> RelativePath { sources[index] }
    func spelling(_ index: Int) -> ByteString? { spellings.isEmpty ? nil : spellings[index] }
    func kind(_ index: Int) -> PackagePath.Kind { entries[index].kind }
    func size(_ index: Int) -> UInt64? { entries[index].hasSize ? sizes[index] : nil }

    func digest(_ index: Int) -> SHA256Digest? { entries[index].hasDigest ? digests[index] : nil }

    /// Whether nothing is said of a path but its kind, hash and size.
    func isPlain(_ index: Int) -> Bool { entries[index].placeholder == 0 && !entries[index].noLink }

    func placeholder(_ index: Int) -> PackagePath.Placeholder? {
        let number = Int(entries[index].placeholder)
        return number > 0 ? placeholders[number - 1] : nil
    }

    /// Whether `path` is the path in the archive.
    func isSource(_ path: RelativePath, at index: Int) -> Bool { sources.has(path, at: index) }

    /// Calls `body` with the bytes of the path in the archive.
    func withSource<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try sources.withBytes(index, body)
    }

    /// Whether some path in the archive begins so.
    func hasSource(beginningWith prefix: ByteString) -> Bool {
        indices.contains { withSource($0) { $0.starts(with: prefix.bytes) } }
    }
}

extension PackagePaths: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { entries.count }

    subscript(index: Int) -> PackagePath {
        let entry = entries[index]
        var path = PackagePath(sources[index], spelling: spelling(index), kind: entry.kind)
        path.noLink = entry.noLink
        path.sha256 = entry.hasDigest ? digests[index] : nil
        path.size = entry.hasSize ? sizes[index] : nil
        path.placeholder = placeholder(index)
        return path
    }
}
