import OCI
import Support

/// What container engines are told of registries (containers-registries.conf(5)): other places for what a name stands
/// for, mirrors, what is blocked, and who may be spoken to without TLS. Read when a registry asks for it.
final class ContainerRegistries: Sendable {
    /// What a mirror is asked for.
    private enum MirrorUse: String {
        case all
        case digestOnly = "digest-only"
        case tagOnly = "tag-only"
    }

    private struct Mirror: Sendable {
        let location: String
        let isInsecure: Bool
        let use: MirrorUse
    }

    /// One `[[registry]]`.
    private struct Entry: Sendable {
        let prefix: String
        /// Empty: what the name itself says.
        let location: String
        let isInsecure: Bool
        let isBlocked: Bool
        let mirrors: [Mirror]
        let file: ByteString

        /// How many characters of a name the prefix covers; nil: the name is another one's.
        func match(_ name: String) -> Int? {
            if prefix.hasPrefix("*.") {
                let host = name.prefix { $0 != "/" }
                let bare = host.prefix { $0 != ":" }
                return bare.hasSuffix(prefix.dropFirst()) ? host.count : nil
            }
            return name == prefix || name.hasPrefix(prefix + "/") ? prefix.count : nil
        }
    }

    private let environment: ProcessEnvironment
    private let reporter: any Reporter
    private let known = Locked<[Entry]?>(nil)

    init(_ environment: ProcessEnvironment, reporter: any Reporter) {
        self.environment = environment
        self.reporter = reporter
    }

    /// Whether a registry may be spoken to without TLS.
    func isInsecure(_ host: String) -> Bool {
        func isMeant(_ place: String) -> Bool { place.split(separator: "/").first.map(String.init) == host }
        return entries().contains { entry in
            entry.isInsecure
                && (isMeant(entry.location.isEmpty ? entry.prefix : entry.location)
                    || entry.location.isEmpty && entry.match(host) != nil)
                || entry.mirrors.contains { $0.isInsecure && isMeant($0.location) }
        }
    }

    /// - Throws: `Failure` if the repository is blocked.
    func requireAllowed(_ repository: OCIRepositoryName) throws { _ = try entry(for: repository) }

    /// Where a repository is pulled from: its mirrors, then the place its name stands for.
    ///
    /// - Parameter isByDigest: what is pulled is named by its digest, not by a tag.
    /// - Throws: `Failure` if it is blocked.
    func places(of repository: OCIRepositoryName, isByDigest: Bool) throws -> [OCIRepositoryName] {
        guard let (entry, length) = try entry(for: repository) else { return [repository] }
        let rest = ContainerRegistries.text(repository).dropFirst(length)
        let mirrors = entry.mirrors.filter { $0.use == .all || $0.use == (isByDigest ? .digestOnly : .tagOnly) }
        let names = (mirrors.map(\.location) + (entry.location.isEmpty ? [] : [entry.location])).map { $0 + rest }
        let places = names.compactMap { name -> OCIRepositoryName? in
            let parts = name.split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return OCIRepositoryName(host: String(parts[0]), name: String(parts[1]))
        }
        return places + (entry.location.isEmpty ? [repository] : [])
    }

    /// Docker's registry has several hosts and one name.
    private static func text(_ repository: OCIRepositoryName) -> String {
        let host = repository.host
        let isDocker = host == "index.docker.io" || host == "registry-1.docker.io"
        return "\(isDocker ? "docker.io" : host)/\(repository.name)"
    }

    /// What counts for a repository: the longest prefix.
    private func entry(for repository: OCIRepositoryName) throws -> (Entry, length: Int)? {
        let name = ContainerRegistries.text(repository)
        var found: (entry: Entry, length: Int)?
        for entry in entries() {
            guard let length = entry.match(name) else { continue }
            if found.map({ $0.entry.prefix.count < entry.prefix.count }) ?? true { found = (entry, length) }
        }
        guard let found else { return nil }
        if found.entry.isBlocked {
            throw Failure(
                "the registry of '\(repository.host)/\(repository.name)' is blocked by '\(found.entry.file)'",
                remedy: "Use another registry, or have 'blocked' changed there.")
        }
        return (found.entry, found.length)
    }

    // MARK: Files

    private func entries() -> [Entry] {
        known.withLock { known in
            if let known { return known }
            var found: [Entry] = []
            for path in files() {
                for entry in read(path) {
                    // A later file says anew what it says of a prefix.
                    found.removeAll { $0.prefix == entry.prefix && $0.file != path }
                    found.append(entry)
                }
            }
            known = found
            return found
        }
    }

    /// The user's file counts instead of the system's, and so do the files in the folder beside it.
    private func files() -> [ByteString] {
        let name: ByteString = "containers/registries.conf"
        let folder: ByteString = "containers/registries.conf.d"
        let home = environment.configHome ?? environment.home?.appending(path: ".config")
        func exists(_ path: ByteString) -> Bool { (try? Sys.exists(path)) == true }
        let folders = [ByteString("/etc").appending(path: folder), home?.appending(path: folder)].compactMap { $0 }
        var (main, extra) = (ByteString("/etc").appending(path: name), folders)
        if let given = environment.bytes("CONTAINERS_REGISTRIES_CONF") {
            main = given
        } else if let own = home?.appending(path: name), exists(own) {
            (main, extra) = (own, Array(folders.suffix(1)))
        }
        let dropIns = extra.flatMap { folder in
            ((try? Sys.list(folder)) ?? []).filter { $0.hasSuffix(".conf") }.sorted().map { folder.appending(path: $0) }
        }
        return (exists(main) ? [main] : []) + dropIns
    }

    /// A file that cannot be read is worth a warning, not an error.
    private func read(_ path: ByteString) -> [Entry] {
        do {
            let text = try File.openGiven(path).slice().readAll(limit: 1 << 20)
            let tables = try TOMLDocument.parse(text).root.present("registry")?.elements.map(Array.init) ?? []
            return tables.compactMap { table in
                let location = ContainerRegistries.plain(table.present("location"))
                let prefix = ContainerRegistries.plain(table.present("prefix"))
                let isDigestOnly = table.present("mirror-by-digest-only")?.bool == true
                let mirrors = (table.present("mirror")?.elements.map(Array.init) ?? []).map { mirror in
                    let use = mirror.present("pull-from-mirror")?.string.flatMap { MirrorUse(rawValue: $0) }
                    return Mirror(
                        location: ContainerRegistries.plain(mirror.present("location")),
                        isInsecure: mirror.present("insecure")?.bool == true,
                        use: use ?? (isDigestOnly ? .digestOnly : .all))
                }
                if prefix.isEmpty && location.isEmpty { return nil }
                return Entry(
                    prefix: prefix.isEmpty ? location : prefix, location: location,
                    isInsecure: table.present("insecure")?.bool == true,
                    isBlocked: table.present("blocked")?.bool == true, mirrors: mirrors.filter { !$0.location.isEmpty },
                    file: path)
            }
        } catch {
            reporter.warn("the list of registries in '\(path)' is not used: \(error)")
            return []
        }
    }

    private static func plain(_ value: JSONValue?) -> String {
        var text = (value?.string ?? "")[...]
        while text.hasSuffix("/") { text = text.dropLast() }
        return String(text)
    }
}
