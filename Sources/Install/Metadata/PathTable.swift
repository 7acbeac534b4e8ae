import Support

/// The paths of a package in flat arrays: what a plan needs of them to be made, and nothing of what only writing needs.
struct PathTable: Sendable {
    /// One path: where its name is, and what is to be there.
    struct Entry: Sendable {
        let start: UInt32
        /// The place in `placeholders`, plus one; 0: it has none.
        let placeholder: UInt32
        let length: UInt16
        let kind: PackagePath.Kind
    }

    /// The names as the package spells them, one behind the other.
    private(set) var names: [UInt8] = []
    private(set) var entries: [Entry] = []
    /// Each once.
    private(set) var placeholders: [PackagePath.Placeholder] = []
    /// The least bytes a tar of all its files has.
    private(set) var leastSize: Int64 = 0
    /// Whether a name has components such as `.` that are to be removed, or may be reserved for the installation.
    private(set) var isOdd = false
    private var places: [PackagePath.Placeholder: UInt32] = [:]

    /// - Throws: `Failure` naming the entry and what is wrong with it.
    init(_ text: [UInt8], budget: MetadataBudget) throws {
        do {
            var spent = 0
            try PathsScanner.forEach(in: text) { entry in
                guard RelativePath.isPlain(entry.path) else { throw PathsScanner.NotPlain() }
                if entries.count % 4096 == 0 { try Interruption.check() }
                let placeholder = entry.fileMode.flatMap { mode in entry.placeholder.map { place(of: $0, mode) } }
                append(entry.path, entry.kind, size: entry.size, placeholder: placeholder ?? 0)
                spent += entry.path.count + MetadataBudget.usualEntry
            }
            try budget.spend(spent, fixed: 0)
        } catch is PathsScanner.NotPlain {
            self = PathTable(try PathsJSON.parse(text, budget: budget))
        }
        places = [:]
    }

    init(_ paths: some Collection<PackagePath>) {
        entries.reserveCapacity(paths.count)
        for path in paths {
            let placeholder = path.placeholder.map { placeholder in
                placeholder.text.bytes.withUnsafeBufferPointer { place(of: $0, placeholder.mode) }
            }
            (path.spelling ?? path.source.bytes).bytes.withUnsafeBufferPointer {
                append($0, path.kind, size: path.size, placeholder: placeholder ?? 0)
            }
            if path.spelling != nil { isOdd = true }
        }
        places = [:]
    }

    /// The paths, without hashes and sizes.
    ///
    /// - Throws: nothing but what reading them would have thrown.
    func paths() throws -> [PackagePath] {
        try entries.map { entry in
            var path = try PackagePath(ByteString(names[range(of: entry)]), kind: entry.kind)
            if entry.placeholder > 0 { path.placeholder = placeholders[Int(entry.placeholder) - 1] }
            return path
        }
    }

    func range(of entry: Entry) -> Range<Int> { Int(entry.start)..<(Int(entry.start) + Int(entry.length)) }

    private mutating func append(
        _ name: UnsafeBufferPointer<UInt8>, _ kind: PackagePath.Kind, size: UInt64?, placeholder: UInt32
    ) {
        entries.append(
            Entry(
                start: UInt32(names.count), placeholder: placeholder, length: UInt16(clamping: name.count), kind: kind))
        names.append(contentsOf: name)
        if Self.isOwn(name) { isOdd = true }
        if kind == .directory || name.starts(with: "info/".utf8) { return }
        let bytes = kind == .softlink ? 0 : Int64(clamping: min(size ?? 0, 1 << 40))
        leastSize = leastSize.addingReportingOverflow(512 + (bytes + 511) / 512 * 512).partialValue
    }

    /// Most files of a package share one.
    private mutating func place(
        of text: UnsafeBufferPointer<UInt8>, _ mode: PackagePath.Placeholder.FileMode
    ) -> UInt32 {
        if let last = placeholders.last, last.mode == mode, last.text.bytes.elementsEqual(text) {
            return UInt32(placeholders.count)
        }
        let placeholder = PackagePath.Placeholder(text: ByteString(text), mode: mode)
        if let known = places[placeholder] { return known }
        placeholders.append(placeholder)
        places[placeholder] = UInt32(placeholders.count)
        return UInt32(placeholders.count)
    }

    /// Whether a name may be one that `ReservedPaths` keeps for the installation. True for some other names as well.
    private static func isOwn(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var atStart = true
        for (index, byte) in name.enumerated() {
            if atStart, byte == UInt8(ascii: "."), begins(name, at: index + 1, "pixi-pack") { return true }
            atStart = byte == UInt8(ascii: "/")
        }
        return begins(name, at: 0, "conda-meta") || begins(name, at: 0, "__clobbers__")
    }

    /// Whether `word` stands at `start`, in letters of any case.
    private static func begins(_ name: UnsafeBufferPointer<UInt8>, at start: Int, _ word: StaticString) -> Bool {
        guard start + word.utf8CodeUnitCount <= name.count else { return false }
        for index in 0..<word.utf8CodeUnitCount {
            let byte = name[start + index]
            let small = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            if small != word.utf8Start[index] { return false }
        }
        return true
    }
}
