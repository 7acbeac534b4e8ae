import CondaModel
import Install
import Lockfile
import Support

/// The Python packages of an environment that no conda package brought, by their `.dist-info` folders.
struct InstalledWheels {
    private(set) var packages: [LockedPyPI] = []
    private(set) var unavailable: [UnrecordedWheel] = []
    /// Wheels in the packs they were unpacked from, by their location.
    private(set) var opened: [ByteString: OriginPacks.Member] = [:]

    /// What pixi-unpack noted of the wheels it installed, by their metadata folders.
    private let noted: [ByteString: EnvironmentState.Wheel]
    /// The packs the environment was unpacked from.
    private let packs: [ByteString]

    /// - Parameters:
    ///   - owned: the files of conda packages.
    ///   - packs: the packs the environment was unpacked from.
    init(
        _ prefix: ByteString, owned: Set<ByteString>, packs: [ByteString], origins: OriginPacks
    ) throws {
        noted = Dictionary(
            (try EnvironmentState.read(prefix, ofAnybody: true)?.wheels ?? []).map { ($0.place.bytes, $0) },
            uniquingKeysWith: { first, _ in first })
        self.packs = packs
        for sitePackages in try InstalledWheels.sitePackages(prefix) {
            let folder = prefix.appending(path: sitePackages)
            for name in try Sys.list(folder).sorted() where name.hasSuffix(".dist-info") {
                let path = sitePackages.appending(path: name)
                if owned.contains(path.appending(path: "METADATA")) { continue }
                let metadata = prefix.appending(path: path).appending(path: "METADATA")
                guard try Sys.exists(metadata) else { continue }
                try describing("could not read '\(metadata)'") {
                    try add(CoreMetadata(File.open(metadata).slice().readAll()), prefix, path, origins)
                }
            }
        }
    }

    private static func sitePackages(_ prefix: ByteString) throws -> [ByteString] {
        let folders = ((try? Sys.list(prefix.appending(path: "lib"))) ?? []).filter { $0.hasPrefix("python3.") }
            .map { ByteString("lib").appending(path: $0).appending(path: "site-packages") }
        return try (folders.sorted() + ["Lib/site-packages"]).filter { folder in
            let path = prefix.appending(path: folder)
            return try Sys.exists(path) && Sys.isDirectory(path)
        }
    }

    private mutating func add(
        _ metadata: CoreMetadata, _ prefix: ByteString, _ distInfo: ByteString, _ origins: OriginPacks
    ) throws {
        let folder = prefix.appending(path: distInfo)
        let origin = folder.appending(path: "direct_url.json")
        guard try Sys.exists(origin) else { return try addUnpacked(metadata, folder, distInfo, origins) }
        let json = try describing("could not read '\(origin)'") {
            try JSONDocument(try File.open(origin).slice().readAll()).root
        }
        guard let url = json["url"]?.string else { throw Failure("'\(origin)' has no url") }
        let isGit = json["vcs_info"]?["vcs"]?.string == "git"
        // PEP 610: where in a repository or an archive the project is.
        let subdirectory = json["subdirectory"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let fragment = [
            isGit ? json["vcs_info"]?["commit_id"]?.string : nil,
            subdirectory.map { "subdirectory=" + InstalledWheels.encoded($0) },
        ].compactMap { $0 }
        let text = (isGit ? "git+\(url)" : url) + (fragment.isEmpty ? "" : "#" + fragment.joined(separator: "&"))
        // A path could not say where in an archive of this machine the project is.
        var location = try PackageLocation(
            parsing: ByteString(text), fileURLs: subdirectory == nil ? .asPaths : .kept)
        if json["dir_info"] != nil, case .url(let url) = location, let path = url.filePath, let subdirectory {
            location = .path(path.appending(path: try RelativePath(ByteString(subdirectory)).bytes))
        }
        if case .path(let path) = location, path.hasSuffix(".whl"), try !Sys.exists(path) {
            let wheel = InstalledWheels.unrecorded(metadata, folder)
            guard let member = try origins.member(at: path), try wheel.difference(from: member.content) == nil else {
                return try addUnpacked(metadata, folder, distInfo, origins)
            }
            opened[location.text] = member
        }
        var package = LockedPyPI(
            name: metadata.name, version: metadata.version.text, displayVersion: metadata.version.text,
            location: location)
        let hash = json["archive_info"]?["hashes"]?["sha256"]?.string
        package.sha256 = hash.flatMap { SHA256Digest(hex: $0) }
        package.requiresDist = metadata.requiresDist
        package.requiresPython = metadata.requiresPython
        package.isEditable = json["dir_info"]?["editable"]?.bool ?? false
        packages.append(package)
    }

    /// A wheel of an index that pixi-unpack installed: it is in the pack, or where that says it came from. Whatever else
    /// there is now is not that wheel.
    private mutating func addUnpacked(
        _ metadata: CoreMetadata, _ folder: ByteString, _ distInfo: ByteString, _ origins: OriginPacks
    ) throws {
        let wheel = InstalledWheels.unrecorded(metadata, folder)
        guard let noted = noted[distInfo] else { return unavailable.append(wheel) }
        var found: (path: ByteString, member: OriginPacks.Member)?
        for pack in packs where found == nil {
            let path = pack.appending(path: "pypi").appending(path: noted.fileName)
            guard let member = try origins.member(at: path) ?? origins.file(at: path), member.sha256 == noted.sha256
            else { continue }
            found = (path, member)
        }
        if let found, try wheel.difference(from: found.member.content) != nil { return unavailable.append(wheel) }
        var location = noted.url.flatMap { try? PackageLocation(parsing: ByteString($0)) }
        if let found {
            let place = location ?? .path(found.path)
            opened[place.text] = found.member
            location = place
        }
        guard let location else { return unavailable.append(wheel) }
        var package = LockedPyPI(
            name: metadata.name, version: metadata.version.text, displayVersion: metadata.version.text,
            location: location)
        package.sha256 = noted.sha256
        package.requiresDist = metadata.requiresDist
        package.requiresPython = metadata.requiresPython
        packages.append(package)
    }

    /// A path as a value in a URL's fragment.
    private static func encoded(_ path: String) -> String {
        PercentEncoding.encode(path.utf8, escaping: .keeping("/"))
    }

    /// What tells the wheel of a package from others.
    private static func unrecorded(_ metadata: CoreMetadata, _ distInfo: ByteString) -> UnrecordedWheel {
        func text(_ name: ByteString) -> [UInt8] {
            (try? File.open(distInfo.appending(path: name)).slice().readAll()) ?? []
        }
        let tags = text("WHEEL").split(separator: 0x0A).compactMap { line -> String? in
            let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            return words.count == 2 && words[0] == "Tag:" ? words[1].lowercased() : nil
        }
        return UnrecordedWheel(
            name: metadata.name, version: metadata.version, tags: Set(tags),
            hashes: UnrecordedWheel.hashes(ofRecord: text("RECORD")), folder: distInfo.parentPath)
    }
}
