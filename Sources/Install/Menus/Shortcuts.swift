import CondaModel
import Support

/// The shortcuts of an environment's packages among a person's applications: made, kept in step and removed. Records say
/// which there are, in the way of rattler, so that pixi removes them with the package, too.
public struct Shortcuts {
    /// What to do with shortcuts.
    public enum Mode: String, Sendable, CaseIterable {
        case make
        case remove
    }

    private let prefix: ByteString
    /// Where a person's data lies (XDG Base Directory Specification).
    private let data: ByteString
    private let placeholders: [(name: String, value: String)]
    private let umask: UInt32
    private let reporter: any Reporter

    private static let member = "installed_system_menus"

    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - python: where its modules are.
    /// - Throws: `Failure` if nothing tells where a person's data lies.
    public init(
        prefix: ByteString, python: PythonInfo?, environment: ProcessEnvironment, umask: UInt32, reporter: any Reporter
    ) throws {
        guard let data = environment.dataHome else {
            throw Failure(
                "there is no folder for shortcuts: neither XDG_DATA_HOME nor HOME is set",
                remedy: "Set HOME, or unpack without --menus.")
        }
        self.prefix = prefix
        self.data = data
        self.umask = umask
        self.reporter = reporter
        let (place, name) = (prefix.lossyString, prefix.lastPathComponent.lossyString)
        placeholders = [
            ("BASE_PREFIX", place), ("PREFIX", place), ("DISTRIBUTION_NAME", name), ("ENV_NAME", name),
            ("BASE_PYTHON", place + "/bin/python"), ("PYTHON", place + "/bin/python"), ("MENU_DIR", place + "/Menu"),
            ("BIN_DIR", place + "/bin"), ("HOME", environment.home?.lossyString ?? ""), ("ICON_EXT", "png"),
            ("SP_DIR", python.map { "\(place)/\($0.sitePackages.bytes.lossyString)" } ?? ""),
            ("PY_VER", python.map { "\($0.major).\($0.minor)" } ?? "N.A"),
        ]
    }

    /// Makes or removes the shortcuts the packages describe, and removes recorded ones that are no longer wanted.
    ///
    /// - Parameter former: what records had before the environment was changed.
    /// - Returns: how many there are now.
    @discardableResult
    public func apply(_ mode: Mode, former: [ByteString]) throws -> Int {
        var (wanted, activates) = (Set<ByteString>(), false)
        let records = prefix.appending(path: "conda-meta")
        for name in try Sys.list(records).filter({ $0.hasSuffix(".json") }).sorted() {
            try Interruption.check()
            let path = records.appending(path: name)
            let bytes = try File.open(path).slice().readAll()
            guard let root = try? JSONDocument(bytes).root else { continue }
            let menus = (root["files"]?.elements.map { $0.compactMap(\.bytes) } ?? []).filter(Self.isMenu)
            var paths: [ByteString] = []
            for menu in mode == .make ? menus : [] {
                for item in items(menu) {
                    guard let made = try make(item) else { continue }
                    paths += made
                    activates = activates || item.isActivated
                }
            }
            wanted.formUnion(paths)
            if !paths.isEmpty || root[Self.memberKey] != nil { try record(paths, in: path, bytes) }
        }
        let script = activationScript
        if activates {
            let sources = try ActivationSources(environmentAt: prefix)
            try write(ActivationScript(shell: .bash, prefix: prefix, sources: sources).bytes, to: script)
        } else if try Sys.exists(script) {
            try Sys.unlink(script)
        }
        for path in former where !wanted.contains(path) { remove(path) }
        if !wanted.isEmpty || !former.isEmpty { announce() }
        return wanted.count { $0.hasSuffix(".desktop") }
    }

    private static let memberKey: StaticString = "installed_system_menus"

    /// The paths a record says were made outside of the environment.
    static func recorded(in record: JSONValue) -> [ByteString] {
        (record[memberKey]?.elements.map(Array.init) ?? []).flatMap { tracker in
            tracker["paths"]?.elements.map { $0.compactMap(\.bytes) } ?? []
        }
    }

    private static func isMenu(_ path: ByteString) -> Bool {
        path.hasPrefix("Menu/") && path.hasSuffix(".json") && path.parentPath == "Menu"
    }

    private var activationScript: ByteString { prefix.appending(path: "conda-meta/menu-activate.sh") }

    private func items(_ menu: ByteString) -> [MenuItem] {
        let path = prefix.appending(path: menu)
        do {
            return try MenuItem.items(File.open(path).slice().readAll(limit: 1 << 20), placeholders)
        } catch {
            reporter.warn("no shortcut is made of '\(path)': \(error)")
            return []
        }
    }

    // MARK: Files

    /// Makes a shortcut.
    ///
    /// - Returns: its files; nil if it was not made, as its place belongs to another environment or it cannot be understood.
    private func make(_ item: MenuItem) throws -> [ByteString]? {
        let path = data.appending(path: ByteString("applications/\(item.stem).desktop"))
        if let owner = foreignOwner(of: path) {
            reporter.warn("no shortcut '\(item.name)' is made: '\(path)' is that of \(owner)")
            return nil
        }
        if item.preparation != nil {
            reporter.warn("the command that the shortcut '\(item.name)' has for its preparation (precreate) is not run")
        }
        let entry: [UInt8]
        do {
            entry = try item.entry(at: path, activation: activationScript, prefix: prefix)
        } catch {
            reporter.warn("no shortcut '\(item.name)' is made: \(error)")
            return nil
        }
        try write(entry, to: path)
        guard let types = item.typeDescription else { return [path] }
        let description = data.appending(path: ByteString("mime/packages/\(item.stem).xml"))
        try write(types, to: description)
        return [path, description]
    }

    /// Writes a file unless it is there with this content.
    private func write(_ bytes: [UInt8], to path: ByteString) throws {
        try describing("could not make the shortcut '\(path)'", remedy: "Unpack without --menus.") {
            if (try? File.open(path).slice().readAll(limit: 1 << 20)) == bytes { return }
            try Sys.makeDirectories(path.parentPath)
            try StagedFile.appear([try StagedFile(bytes, for: path, umask: umask)])
        }
    }

    /// The owner of a shortcut, if that is another existing environment or no environment at all.
    private func foreignOwner(of path: ByteString) -> String? {
        guard let text = try? File.open(path).slice().readAll(limit: 1 << 20) else { return nil }
        guard let owner = DesktopEntry.owner(of: text) else { return "somebody else" }
        if owner == ByteString(DesktopEntry.escaped(prefix.lossyString)) { return nil }
        let isThere = (try? Sys.exists(owner.appending(path: "conda-meta"))) == true
        return isThere ? "the environment '\(owner.lossyString)'" : nil
    }

    /// Removes a file that a record names, if it is a shortcut of this environment: records can be written by anybody.
    private func remove(_ path: ByteString) {
        let isEntry = path.parentPath == data.appending(path: "applications") && path.hasSuffix(".desktop")
        let isType = path.parentPath == data.appending(path: "mime/packages") && path.hasSuffix(".xml")
        guard isType || (isEntry && foreignOwner(of: path) == nil) else {
            if (try? Sys.exists(path)) == true {
                reporter.warn("'\(path)' is not removed: it is no shortcut of this environment")
            }
            return
        }
        try? Sys.unlink(path)
    }

    /// Tells the programs that keep lists of all shortcuts and file types.
    private func announce() {
        for (program, arguments, folder) in [
            ("update-desktop-database", [], "applications"), ("update-mime-database", ["-V"], "mime"),
        ] {
            let place = data.appending(path: ByteString(folder))
            guard (try? Sys.exists(place)) == true, let tool = ExternalProgram.find(ByteString(program)) else {
                continue
            }
            _ = try? tool.run(arguments.map { ByteString($0) } + [place])
        }
    }

    // MARK: Records

    /// Notes the paths in a package's record, as its last member.
    private func record(_ paths: [ByteString], in path: ByteString, _ bytes: [UInt8]) throws {
        var text = bytes
        let start = Array(",\n  \"\(Self.member)\":".utf8)
        if let old = ByteSearch.ranges(of: start, in: text).last {
            text = Array(text[..<old.lowerBound])
        } else {
            guard let end = text.lastIndex(of: UInt8(ascii: "}")) else { return }
            text = Array(text[..<end])
            while let last = text.last, last <= UInt8(ascii: " ") { text.removeLast() }
        }
        if !paths.isEmpty {
            var writer = JSONWriter(reserving: 512)
            writer.object { writer in
                writer.objects(Self.member, [paths]) { writer, paths in
                    writer.member("type", "linux")
                    writer.member("install_mode", "User")
                    writer.key("paths")
                    writer.array { writer in for path in paths { writer.value(path) } }
                }
            }
            // Without the braces of an object.
            text += [UInt8(ascii: ",")] + writer.bytes.dropFirst().dropLast(2)
        }
        text += Array("\n}".utf8)
        if text == bytes { return }
        try describing("could not note the shortcuts in '\(path)'", remedy: "Unpack without --menus.") {
            try StagedFile.appear([try StagedFile(text, for: path, umask: umask)])
        }
    }
}
