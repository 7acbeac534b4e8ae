import CondaModel
import Lockfile
import Support

/// The Python packages of an environment that no conda package brought, by their `.dist-info` folders.
struct InstalledWheels {
    private(set) var packages: [LockedPyPI] = []
    private(set) var unavailable: [UnrecordedWheel] = []
    /// Wheels in the packs they were unpacked from, by their location.
    private(set) var opened: [ByteString: OriginPacks.Member] = [:]

    /// - Parameter owned: the files of conda packages.
    init(_ prefix: ByteString, owned: Set<ByteString>, origins: OriginPacks) throws {
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
        guard try Sys.exists(origin) else { return unavailable.append(InstalledWheels.unrecorded(metadata, folder)) }
        let json = try describing("could not read '\(origin)'") {
            try JSONDocument(try File.open(origin).slice().readAll()).root
        }
        guard let url = json["url"]?.string else { throw Failure("'\(origin)' has no url") }
        let isGit = json["vcs_info"]?["vcs"]?.string == "git"
        let commit = json["vcs_info"]?["commit_id"]?.string.map { "#\($0)" } ?? ""
        let location = try PackageLocation(parsing: ByteString(isGit ? "git+\(url)\(commit)" : url))
        if case .path(let path) = location, path.hasSuffix(".whl"), try !Sys.exists(path) {
            let wheel = InstalledWheels.unrecorded(metadata, folder)
            guard let member = try origins.member(at: path), try wheel.difference(from: member.content) == nil else {
                return unavailable.append(wheel)
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
            hashes: UnrecordedWheel.hashes(ofRecord: text("RECORD")))
    }
}
