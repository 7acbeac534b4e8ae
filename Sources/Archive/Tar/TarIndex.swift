import Support

/// The contents of a tar file, found by reading only its headers.
struct TarIndex {
    /// In the order of the archive; of members with the same name only the last one.
    private(set) var members: [(name: RelativePath, data: FileSlice)] = []
    private(set) var directories: Set<RelativePath> = []

    private var places: [RelativePath: Int] = [:]
    private var budget = FolderBudget()
    private let slice: FileSlice
    /// Called before bytes are read, with their offset and length; nil: they are there.
    private let prepare: ((Int64, Int64) throws -> Void)?
    /// Called for each file, also if one of its name was before.
    private let member: ((RelativePath, FileSlice) throws -> Void)?
    private var position: Int64 = 0
    private var longName: ByteString?
    private var longLink: ByteString?
    private var paxSize: Int64?

    /// The most bytes of a long name or of pax records; larger ones are refused.
    private static let maximumNameSize: Int64 = 1 << 20

    /// - Throws: `Failure` if the tar is damaged or cut off.
    init(
        _ slice: FileSlice, prepare: ((Int64, Int64) throws -> Void)? = nil,
        member: ((RelativePath, FileSlice) throws -> Void)? = nil
    ) throws {
        self.slice = slice
        self.prepare = prepare
        self.member = member
        while let header = try nextHeader() {
            try Interruption.check()
            try take(header)
        }
    }

    /// The next header; nil at the two blocks of zeros that end a tar. A tar without them is cut off, even between two
    /// members.
    private mutating func nextHeader() throws -> TarHeader? {
        if let header = try TarHeader(nextBlock("a tar header")[...], at: position) {
            position += Int64(TarHeader.blockSize)
            return header
        }
        if position == 0 { throw Failure("it begins with zeros, a pack is a tar") }
        position += Int64(TarHeader.blockSize)
        guard try TarHeader(nextBlock("the end of the tar")[...], at: position) == nil else {
            throw Failure(
                "'\(slice.file.path)' has a single block of zeros before byte \(position), where a tar has two at its end",
                remedy: "Copy or download the file again.")
        }
        return nil
    }

    /// The block at `position`.
    private func nextBlock(_ what: Message) throws -> [UInt8] {
        let (size, left) = (Int64(TarHeader.blockSize), slice.length - position)
        guard left >= size else { throw cutOff(what, expected: size, found: left) }
        try prepare?(position, size)
        return try slice.part(offset: position, length: size).readAll()
    }

    private func cutOff(_ what: Message, expected: Int64, found: Int64) -> Failure {
        Failure(
            "'\(slice.file.path)' is cut off: \(what) of \(expected) bytes is expected at byte \(position), "
                + "only \(found) bytes are there",
            remedy: "Copy or download the file again.", kind: .integrity)
    }

    private mutating func take(_ header: TarHeader) throws {
        switch header.type {
        case UInt8(ascii: "L"):
            longName = ByteString(try contents(header).readAll().prefix { $0 != 0 })
            return
        case UInt8(ascii: "K"):
            longLink = ByteString(try contents(header).readAll().prefix { $0 != 0 })
            return
        case UInt8(ascii: "x"):
            try readPax(try contents(header).readAll())
            return
        case UInt8(ascii: "g"):
            _ = try contents(header)
            return
        default: break
        }
        defer { (longName, longLink, paxSize) = (nil, nil, nil) }
        try place(header, name: longName ?? header.name, link: longLink ?? header.linkName)
    }

    private mutating func place(_ header: TarHeader, name: ByteString, link: ByteString) throws {
        // Unsafe names are skipped, and so is the entry for the root itself (docs/spec/install.md#pack).
        let path = TarEntry.clean(name)
        switch header.type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            let data = try data(of: header, name: name)
            if name.bytes.last == UInt8(ascii: "/") {
                if let path { try addFolder(path) }
            } else if let path {
                try add(path, data)
            }
        case UInt8(ascii: "5"):
            if let path { try addFolder(path) }
        case UInt8(ascii: "1"):
            guard let path else { return }
            guard let target = TarEntry.clean(link), let place = places[target] else {
                throw Failure("'\(slice.file.path)': hard link '\(path)' has no target '\(link)' before it")
            }
            try add(path, members[place].data)
        case UInt8(ascii: "2"):
            guard let path else { return }
            throw Failure(
                "'\(slice.file.path)': '\(path)' is a symbolic link; a pack has none",
                remedy: "Make the pack again, or let tar follow links (tar --dereference).")
        case UInt8(ascii: "S"), UInt8(ascii: "M"):
            throw Failure(
                "'\(slice.file.path)': '\(name)' is stored as a sparse or split file; a pack has none",
                remedy: "Write the tar again without --sparse and --multi-volume.")
        // Devices and fifos have no place in a pack and no content. Entries of unknown type are skipped together with
        // their content.
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): break
        default: _ = try data(of: header, name: name)
        }
    }

    private mutating func addFolder(_ path: RelativePath) throws {
        if directories.insert(path).inserted { try budget.spend(path) }
    }

    private mutating func add(_ path: RelativePath, _ data: FileSlice) throws {
        try member?(path, data)
        if let place = places[path] {
            members[place].data = data
            return
        }
        places[path] = members.count
        members.append((path, data))
        var parent = path.parent
        while let directory = parent, directories.insert(directory).inserted {
            try budget.spend(directory)
            parent = directory.parent
        }
    }

    /// The content of the header that was just read; moves behind it.
    private mutating func data(of header: TarHeader, name: ByteString) throws -> FileSlice {
        try data(paxSize ?? header.size, name: name)
    }

    private mutating func data(_ size: Int64, name: ByteString) throws -> FileSlice {
        let left = slice.length - position
        guard size <= left else { throw cutOff("'\(name)'", expected: size, found: left) }
        let data = try slice.part(offset: position, length: size)
        let block = Int64(TarHeader.blockSize)
        position += min((size + block - 1) / block * block, left)
        return data
    }

    private mutating func contents(_ header: TarHeader) throws -> FileSlice {
        guard header.size <= TarIndex.maximumNameSize else {
            throw Failure("'\(slice.file.path)' has a name or pax header of \(header.size) bytes")
        }
        try prepare?(position, min(header.size, slice.length - position))
        // What a pax header says is about the entry behind it.
        return try data(header.size, name: header.name)
    }

    /// Reads `path`, `linkpath` and `size` from pax records, which have the form `<length> <key>=<value>\n`.
    private mutating func readPax(_ bytes: [UInt8]) throws {
        guard let records = PaxRecords(bytes) else {
            throw Failure("'\(slice.file.path)' has a damaged pax header before byte \(position)", kind: .integrity)
        }
        longName = records.path ?? longName
        longLink = records.linkPath ?? longLink
        paxSize = records.size ?? paxSize
    }
}
