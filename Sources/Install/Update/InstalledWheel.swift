import CondaModel
import Support

/// A wheel an earlier unpacking installed, known by the `direct_url.json` and `uv_cache.json` only it leaves.
struct InstalledWheel: Sendable {
    /// Normalised.
    let name: String
    let version: String
    /// Of the wheel it came from, by its URL.
    let fileName: ByteString?
    /// Where its RECORD is.
    let record: PrefixPath
    let rows: [WheelRecord.Row]
    /// All files of the RECORD that are in the environment.
    let files: [PrefixPath]

    /// The wheels in an environment.
    ///
    /// - Parameter python: the Python of the new environment; that of the old one is looked for too.
    static func all(in environment: InstalledEnvironment, python: PythonInfo?) throws -> [InstalledWheel] {
        var folders: Set<PrefixPath> = []
        if let python { folders.insert(python.sitePackages) }
        for package in environment.packages {
            for file in package.files where file.name == "site.py" {
                if let folder = file.parent { folders.insert(folder.appending(try RelativePath("site-packages"))) }
            }
        }
        return try folders.sorted().flatMap { folder in
            let path = environment.path.appending(path: folder.bytes)
            let names = try Self.list(path)
            return try names.filter { $0.hasSuffix(".dist-info") }.sorted().compactMap { name in
                try InstalledWheel(
                    environment.path, sitePackages: folder, folder: folder.appending(try RelativePath(name)))
            }
        }
    }

    /// Nil if it is not one of ours.
    private init?(_ root: ByteString, sitePackages: PrefixPath, folder: PrefixPath) throws {
        // Only what is not there is none of ours; what cannot be read might be.
        func read(_ name: ByteString) throws -> [UInt8]? {
            do {
                return try File.open(root.appending(path: folder.bytes).appending(path: name)).slice().readAll()
            } catch let error as SystemError where error.isAbsence {
                return nil
            }
        }
        guard try read("uv_cache.json") != nil, let url = try read("direct_url.json"),
            let origin = try? JSONDocument(url).root["url"]?.string, origin.contains("/pypi/"),
            let text = try read("RECORD"), let parsed = try? WheelRecord(parsing: text)
        else { return nil }
        let lastSegment = origin.utf8.split(separator: UInt8(ascii: "/")).last
        fileName = lastSegment.map { ByteString(PercentEncoding.decode(Array($0))) }
        let stem = String(folder.name.lossyString.dropLast(".dist-info".count))
        let parts = stem.split(separator: "-", maxSplits: 1)
        name = try PyPIName(String(parts.first ?? "")).text
        version = parts.count > 1 ? String(parts[1]) : ""
        record = folder.appending(try RelativePath("RECORD"))
        rows = parsed.rows
        // Signatures of RECORD have no row in it.
        let metadata = try Self.list(root.appending(path: folder.bytes)).map { name in
            folder.appending(try RelativePath(name))
        }
        files = metadata + parsed.rows.compactMap { InstalledWheel.located($0.path, in: sitePackages) }
    }

    /// The names in a folder; none if there is no such folder.
    private static func list(_ path: ByteString) throws -> [ByteString] {
        do throws(SystemError) {
            return try Sys.list(path)
        } catch {
            if error.isAbsence { return [] }
            throw Failure("could not read the environment", cause: error)
        }
    }

    /// A path of RECORD, relative to site-packages, in the environment; nil if it leaves it.
    static func located(_ path: ByteString, in sitePackages: PrefixPath) -> PrefixPath? {
        if path.bytes.first == UInt8(ascii: "/") { return nil }
        var components = sitePackages.relative.components
        for component in path.bytes.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                if components.popLast() == nil { return nil }
            } else {
                components.append(ByteString(component))
            }
        }
        return try? PrefixPath(ByteString(Array(components.map(\.bytes).joined(separator: [UInt8(ascii: "/")]))))
    }
}

extension WheelPlan {
    /// Whether an installed wheel is this one: the same RECORD but for the rows that tell of the installation itself.
    func isInstalled(as old: InstalledWheel) -> Bool {
        guard files.contains(where: { PrefixPath($0.target) == old.record }) else { return false }
        let rewritten = Set(files.compactMap(\.row))
        // A path may have several rows; the hash of a script that is made is not known yet.
        var expected: [ByteString: [ByteString?]] = [:]
        var count = 0
        for (index, row) in record.rows.enumerated() where !Self.isAboutInstallation(row.path) {
            expected[row.path, default: []].append(rewritten.contains(index) ? nil : row.hash)
            count += 1
        }
        let there = old.rows.filter { !Self.isAboutInstallation($0.path) }
        return there.count == count
            && there.allSatisfy { row in expected[row.path]?.contains { $0 == nil || $0 == row.hash } ?? false }
    }

    private static func isAboutInstallation(_ path: ByteString) -> Bool {
        path.hasSuffix(".dist-info/direct_url.json") || path.hasSuffix(".dist-info/uv_cache.json")
    }
}
