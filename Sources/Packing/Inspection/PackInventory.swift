import Archive
import CondaModel
import Install
import Inventory
import Support

/// Reads what a pack consists of: from its index files, the metadata of its packages and the directories of its wheels.
/// Nothing is unpacked.
public struct PackInventory: Sendable {
    private let pool: WorkerPool
    /// The most bytes of a `.tar.bz2` to decode for its list of files; nil: no limit.
    private let limit: Int64?
    private let readsSizes: Bool

    /// Where conda's programs put the metadata first, it lies within so much of a `.tar.bz2`.
    private static let cheap: Int64 = 8 << 20

    /// - Parameters:
    ///   - isExact: decodes `.tar.bz2` packages as far as it takes to find their lists of files, instead of
    ///   leaving their installed size open.
    ///   - readsSizes: whether conda packages are opened for their installed sizes.
    public init(jobs: Int? = nil, isExact: Bool = false, readsSizes: Bool = true) {
        self.readsSizes = readsSizes
        pool = WorkerPool(width: jobs ?? WorkerPool.usableCPUs)
        limit = isExact ? nil : PackInventory.cheap
    }

    /// The inventory of each environment: a plain pack has one.
    ///
    /// - Parameter environment: of a bundle, only those of this name.
    /// - Throws: `Failure` naming the pack or the package that cannot be read.
    public func inventories(of pack: PackReader, environment: String? = nil) throws -> [Inventory] {
        try Bundle.all(in: pack, environment: environment).map(inventory)
    }

    /// The inventory of a plain pack.
    func inventory(of plain: PlainPack) throws -> Inventory {
        let (pack, manifest) = (plain.reader, plain.manifest)
        let entries = try PackIndex.entries(of: pack)
        if manifest.contents == nil { try PipPart.check(pack) }
        let wheels = pack.members.filter { $0.name.parent?.bytes == "pypi" && $0.name.bytes.hasSuffix(".whl") }
        var hashes: [RelativePath: SHA256Digest] = [:]
        for file in manifest.contents?.members ?? [] { hashes[file.path] = file.sha256 }
        let known = hashes
        let found = Locked<[Inventory.Item?]>(Array(repeating: nil, count: entries.count + wheels.count))
        try PackMember.bring(readsSizes && limit == nil ? pack.members : wheels)
        let scratches = (0..<pool.width).map { _ in DecoderScratch() }
        try pool.forEach(count: entries.count + wheels.count) { index, worker in
            let scratch = scratches[worker]
            let item =
                index < entries.count
                ? try self.item(entries[index], pack, scratch)
                : try self.item(wheels[index - entries.count], known, scratch)
            found.withLock { $0[index] = item }
        }
        var inventory = Inventory(
            environment: manifest.contents.flatMap { $0.environment.isEmpty ? nil : $0.environment },
            platform: manifest.platform,
            items: try found.withLock { $0.compactMap { $0 } } + PackInventory.wheels(manifest.required, in: pack))
        if let contents = manifest.contents {
            inventory = inventory.located(by: contents)
            inventory.origin = Inventory.Origin(contents)
        } else {
            inventory.origin.createdBy = manifest.producer.map { "pixi-pack \($0)" }
        }
        let packages = Set(inventory.items.map(\.path))
        if manifest.isDelta { inventory.delta = packages.filter { pack[$0] != nil }.count }
        inventory.otherSize = pack.members.filter { !packages.contains($0.name) }
            .reduce(Int64(pack.directories.count) * 512) { $0 &+ 512 &+ InventoryDifference.padded($1.size) }
        return inventory
    }

    /// The wheels a delta pack counts on, as far as their file names tell.
    private static func wheels(
        _ required: [PackContents.Requirement], in pack: PackReader
    ) throws -> [Inventory.Item] {
        try required.filter { $0.path.parent?.bytes == "pypi" && pack[$0.path] == nil }.map { requirement in
            let name = try WheelName(requirement.path.lastComponent.lossyString)
            var item = Inventory.Item(
                name: .pypi(name.name), version: name.version.text, path: requirement.path)
            item.sha256 = requirement.sha256
            return item
        }
    }

    private func item(
        _ entry: PackIndex.Entry, _ pack: PackReader, _ scratch: DecoderScratch
    ) throws -> Inventory.Item {
        var item = Inventory.Item(entry.record, path: entry.path)
        guard let member = pack[entry.path] else {
            // A delta pack counts on it, and does not bring it.
            item.size = nil
            return item
        }
        item.size = member.size
        // A remote pack is not fetched only to learn the sizes of its files.
        if !readsSizes || member.isElsewhere && limit != nil { return item }
        let source = try PackageSource(record: entry.record, fileName: entry.fileName, member: member)
        item.installedSize = try source.files(scratch: scratch, limit: limit).flatMap(PackInventory.total)
        return item
    }

    /// Links take no room; nil if the size of a file is not known.
    private static func total(_ files: [PackageFile]) -> Int64? {
        files.reduce(Int64?.some(0)) { sum, file in
            if file.isLink { return sum }
            return sum.flatMap { sum in file.size.map { sum &+ Int64(clamping: $0) } }
        }
    }

    private func item(
        _ wheel: PackMember, _ hashes: [RelativePath: SHA256Digest], _ scratch: DecoderScratch
    ) throws -> Inventory.Item {
        let summary = try describing(
            "could not read wheel '\(wheel.name.lastComponent)'",
            remedy: "See whether the pack is whole: pixi-unpack verify PACK."
        ) {
            try WheelSummary(wheel.open(), scratch: scratch)
        }
        var item = Inventory.Item(
            name: .pypi(summary.metadata.name), version: summary.metadata.version.text, path: wheel.name)
        item.size = wheel.size
        item.installedSize = summary.files.reduce(0) { $0 &+ $1.size }
        item.license = summary.metadata.license
        item.sha256 = hashes[wheel.name]
        item.depends = summary.metadata.requiresDist
        return item
    }

    /// The files a package or wheel of a pack installs, sorted by path.
    ///
    /// - Parameter environment: of a bundle, in which one to look; nil: in the first that has the package.
    /// - Throws: `Failure` if nothing in the pack is called so.
    public func files(of name: String, in pack: PackReader, environment: String? = nil) throws -> [PackageFile] {
        for plain in try Bundle.all(in: pack, environment: environment) {
            if let files = try files(of: name, inPlain: plain.reader) { return files }
        }
        throw Failure(
            "there is no package '\(name)' in '\(pack.path)'",
            remedy: "'pixi-unpack inspect' lists the packages of a pack.", kind: .notFound)
    }

    private func files(of name: String, inPlain pack: PackReader) throws -> [PackageFile]? {
        let scratch = DecoderScratch()
        let wanted = (try? CondaName(name))?.lowercased
        for entry in try PackIndex.entries(of: pack)
        where entry.record.name == wanted || entry.fileName.utf8.elementsEqual(name.utf8) {
            guard let member = pack[entry.path] else {
                if (try? PackManifest(of: pack))?.isDelta == true {
                    throw Failure(
                        "'\(entry.path)' is not in '\(pack.path)', which is a delta pack or holds an image",
                        remedy: "Look at the whole pack, or into the environment: pixi-unpack inspect --env DIR.")
                }
                throw Failure(
                    "'\(entry.path)' is in the index of '\(pack.path)', but not in the pack",
                    remedy: .getPackAgain)
            }
            let source = try PackageSource(record: entry.record, fileName: entry.fileName, member: member)
            let files = try source.files(scratch: scratch, limit: nil) ?? []
            return files.sorted { RelativePath.isOrdered($0.path, before: $1.path) }
        }
        let distribution = try? PyPIName(name)
        for member in pack.members where member.name.parent?.bytes == "pypi" {
            let fileName = member.name.lastComponent.lossyString
            guard let wheel = try? WheelName(fileName),
                wheel.name == distribution || fileName.utf8.elementsEqual(name.utf8)
            else { continue }
            return try describing(
                "could not read wheel '\(fileName)'", remedy: "See whether the pack is whole: pixi-unpack verify PACK."
            ) {
                try WheelSummary(member.open(), scratch: scratch).files.map {
                    PackageFile(path: $0.path, size: UInt64(clamping: $0.size), isLink: false)
                }.sorted { RelativePath.isOrdered($0.path, before: $1.path) }
            }
        }
        return nil
    }
}

extension Inventory.Item {
    /// A conda package of an index.
    init(_ record: PackageRecord, path: RelativePath) {
        self.init(name: .conda(record.name), version: record.version, path: path)
        build = record.build
        subdir = record.subdir
        isForAnyPython = record.noarch == .python
        size = record.size.flatMap { Int64(exactly: $0) }
        license = record.license
        sha256 = record.sha256
        md5 = record.md5
        depends = record.depends
        purls = record.purls
        timestamp = record.timestamp
    }
}
