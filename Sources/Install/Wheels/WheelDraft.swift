import Archive
import CondaModel
import Support

/// Makes the plan for a wheel: the steps of an installation in order, none of which writes anything.
struct WheelDraft {
    let name: WheelName
    let target: WheelTarget
    let members: WheelMembers
    let scratch: DecoderScratch
    private(set) var files: [WheelPlan.File] = []
    private(set) var directories: [RelativePath] = []
    private(set) var record = WheelRecord()
    /// For each file of the wheel the row of RECORD about it.
    private var rowOfFile: [Int?] = []

    init(name: WheelName, target: WheelTarget, members: WheelMembers, scratch: DecoderScratch) {
        self.name = name
        self.target = target
        self.members = members
        self.scratch = scratch
    }

    /// Does the steps of docs/spec/install.md#wheel-checks and docs/spec/install.md#placing.
    ///
    /// - Parameter direct: where the wheel comes from if it was named by its place, not found in an index.
    mutating func make(direct: String?) throws {
        let metadata = try members.metadataDirectory()
        guard let recordEntry = try member("RECORD", of: metadata) else { throw Failure("it has no RECORD") }
        (record, rowOfFile) = try WheelRecord.matched(
            try recordEntry.contents(scratch: scratch), to: members, metadataDirectory: metadata.bytes)
        try checkMetadata(metadata)
        let entryPoints = try WheelEntryPoints(
            try member("entry_points.txt", of: metadata)?.contents(scratch: scratch, limit: 1 << 20),
            pythonMinor: target.python.minor)

        let data = try RelativePath(ByteString(metadata.bytes.bytes.dropLast("dist-info".utf8.count)) + "data")
        placeModules(except: data)
        try placeEntryPoints(entryPoints)
        try placeData(data, entryPoints: entryPoints)
        try placeMetadata(metadata, direct: direct)
        for path in files.map(\.target) + directories {
            try ReservedPaths.refuse(path, from: .wheel)
            try InterpreterNames.refuse(path, scripts: target.scripts)
        }
    }

    private func member(_ name: ByteString, of directory: RelativePath) throws -> ZipEntry? {
        members.entry(directory.appending(try RelativePath(name)))
    }

    private func checkMetadata(_ directory: RelativePath) throws {
        guard let metadata = try member("METADATA", of: directory) else { throw Failure("it has no METADATA") }
        try WheelHeaders(try metadata.contents(scratch: scratch)).checkMetadata(of: name)
        guard let wheel = try member("WHEEL", of: directory) else { throw Failure("it has no WHEEL file") }
        try WheelHeaders(try wheel.contents(scratch: scratch)).checkWheelVersion()
    }

    /// Everything except the data folders goes to site-packages unchanged.
    private mutating func placeModules(except data: RelativePath) {
        let inData = data.bytes + "/"
        files.reserveCapacity(members.files.count)
        for (index, (path, entry)) in members.files.enumerated() where !path.bytes.hasPrefix(inData) {
            place(index, at: target.sitePackages.appending(path), content: .member(entry))
        }
        for directory in members.directories where directory != data && !directory.bytes.hasPrefix(inData) {
            directories.append(target.sitePackages.appending(directory))
        }
    }

    private mutating func placeEntryPoints(_ entryPoints: WheelEntryPoints) throws {
        for entry in entryPoints.entries {
            let script = EntryPointScript.wheel(entry, executable: target.executable)
            // The name was checked: without `.` it is a single component.
            let path = target.scripts.appending(try RelativePath(normalizedPath(entry.command) ?? entry.command))
            addMade(script, at: path, isExecutable: true)
        }
    }

    /// Places the folders of `<name>.data`, in the order of their names (docs/spec/install.md#data).
    private mutating func placeData(_ data: RelativePath, entryPoints: WheelEntryPoints) throws {
        let commands = Set(entryPoints.entries.map(\.command))
        let inData = data.bytes + "/"
        let contents = members.files.indices.compactMap { index in
            members.files[index].path.isBelow(inData).map { (index: index, inside: $0) }
        }.sorted { members.files[$0.index].path < members.files[$1.index].path }
        for (index, inside) in contents {
            let (path, entry) = members.files[index]
            guard let rest = inside.withoutFirstComponent else { throw unknownData(inside.bytes) }
            switch inside.firstComponent {
            case "scripts":
                if rest.parent != nil { throw directoryInScripts(path) }
                if commands.contains(Self.commandName(rest.bytes)) { continue }
                place(
                    index, at: target.scripts.appending(rest), content: .script(entry), isExecutable: true,
                    isMoved: true)
            case let folder:
                place(index, at: try dataTarget(folder, rest), content: .member(entry), isMoved: true)
            }
        }
        for directory in members.directories {
            guard let inside = directory.isBelow(inData) else { continue }
            if inside.firstComponent == "scripts" {
                if inside.parent != nil { throw directoryInScripts(directory) }
                directories.append(target.scripts)
            } else if let rest = inside.withoutFirstComponent {
                directories.append(try dataTarget(inside.firstComponent, rest))
            } else if let root = try dataRoot(inside.firstComponent) {
                directories.append(root)
            }
        }
    }

    private func dataTarget(_ folder: ByteString, _ rest: RelativePath) throws -> RelativePath {
        try dataRoot(folder)?.appending(rest) ?? rest
    }

    /// Where a folder of data goes; nil stands for the prefix itself.
    private func dataRoot(_ folder: ByteString) throws -> RelativePath? {
        switch folder {
        case "data": nil
        case "purelib", "platlib": target.sitePackages
        case "headers": try target.headers(of: name.name)
        default: throw unknownData(folder)
        }
    }

    private func unknownData(_ folder: ByteString) -> Failure {
        Failure("unknown wheel data type '\(folder)': known are data, headers, platlib, purelib and scripts")
    }

    private func directoryInScripts(_ path: RelativePath) -> Failure {
        Failure("it has a directory among its scripts: '\(path)'")
    }

    /// The command that a script belongs to. Wheels may contain launchers, which installers make themselves.
    private static func commandName(_ script: ByteString) -> ByteString {
        for ending: ByteString in [".exe", "-script.py", ".pya"] where script.hasSuffix(ending) {
            return ByteString(script.bytes.dropLast(ending.count))
        }
        return script
    }

    /// Adds the files that installers write to the metadata (docs/spec/install.md#dist-info).
    private mutating func placeMetadata(_ directory: RelativePath, direct: String?) throws {
        var made: [(ByteString, [UInt8])] = [("REQUESTED", [])]
        // PEP 610: a wheel from an index has no such file. With one, pip and uv would take it for a wheel that was
        // changed.
        if let direct {
            var url = JSONWriter(reserving: 0)
            url.value(direct)
            made.append(
                ("direct_url.json", Array("{\"url\":".utf8) + url.bytes + Array(",\"archive_info\":{}}".utf8)))
            if direct.hasPrefix("file:") { made.append(("uv_cache.json", Self.cacheInfo)) }
        }
        made.append(("INSTALLER", Array(target.installer.utf8)))
        for (name, bytes) in made {
            addMade(bytes, at: target.sitePackages.appending(directory.appending(try RelativePath(name))))
        }
        let path = target.sitePackages.appending(directory.appending(try RelativePath("RECORD")))
        files.append(WheelPlan.File(target: path, content: .record, isExecutable: false))
    }

    /// uv writes the change time of the wheel here, to notice when the file changes. We write the year 1970: it is the
    /// same for every run, and never the time of a real file (docs/compatibility.md).
    private static let cacheInfo = Array(
        (#"{"timestamp":{"secs_since_epoch":0,"nanos_since_epoch":0},"commit":null,"tags":null,"env":{},"#
            + #""directories":{}}"#).utf8)

    /// - Parameter isMoved: whether it does not lie below site-packages as it lies in the archive.
    private mutating func place(
        _ index: Int, at place: RelativePath, content: WheelPlan.Content, isExecutable: Bool = false,
        isMoved: Bool = false
    ) {
        let mode = members.files[index].entry.unixMode ?? 0
        var file = WheelPlan.File(target: place, content: content, isExecutable: isExecutable || mode & 0o111 != 0)
        if let row = rowOfFile[index] {
            file.expected = record.rows[row].sha256
            file.row = row
            if isMoved { record.rows[row].path = target.recorded(place) }
        }
        files.append(file)
    }

    private mutating func addMade(_ bytes: [UInt8], at path: RelativePath, isExecutable: Bool = false) {
        record.add(path: target.recorded(path), digest: SHA256Hasher.hash(bytes), size: UInt64(bytes.count))
        files.append(WheelPlan.File(target: path, content: .bytes(bytes), isExecutable: isExecutable))
    }
}

extension RelativePath {
    /// The path relative to a directory, if it is below it.
    ///
    /// - Parameter directory: ends in a slash.
    fileprivate func isBelow(_ directory: ByteString) -> RelativePath? {
        guard bytes.hasPrefix(directory) else { return nil }
        return try? RelativePath(ByteString(bytes.bytes.dropFirst(directory.count)))
    }

    fileprivate var firstComponent: ByteString { ByteString(bytes.bytes.prefix { $0 != UInt8(ascii: "/") }) }

    fileprivate var withoutFirstComponent: RelativePath? {
        guard let slash = bytes.bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        return try? RelativePath(ByteString(bytes.bytes[(slash + 1)...]))
    }
}
