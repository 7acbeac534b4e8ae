import CondaModel
import Support

/// A wheel that an earlier run installed. It is known by our notes, or by `direct_url.json` and `uv_cache.json`, which
/// only this program leaves together.
struct InstalledWheel: Sendable {
    /// In normal form (PEP 503).
    let name: PyPIName
    let version: String
    /// The file name of the wheel it came from, by its URL.
    let fileName: ByteString?
    /// Where its RECORD is.
    let record: PrefixPath
    let rows: [WheelRecord.Row]
    /// All files of RECORD that are in the environment, and folders it has no files in.
    let files: [PrefixPath]
    /// What we noted of it; nil if we noted nothing.
    let noted: EnvironmentState.Wheel?

    /// The wheels in an environment.
    ///
    /// - Parameter python: the Python of the new environment. That of the old one is searched as well.
    static func all(in environment: InstalledEnvironment, python: PythonInfo?) throws -> [InstalledWheel] {
        var folders: Set<PrefixPath> = []
        for python in [python, environment.python] { if let python { folders.insert(python.sitePackages) } }
        for package in environment.packages {
            for file in package.files where file.name == "site.py" {
                if let folder = file.parent { folders.insert(folder.appending(try RelativePath("site-packages"))) }
            }
        }
        let noted = Dictionary(
            (environment.state?.wheels ?? []).map { ($0.place, $0) }, uniquingKeysWith: { first, _ in first })
        folders.formUnion(noted.keys.compactMap(\.parent))
        return try folders.sorted().flatMap { folder in
            let path = environment.path.appending(path: folder.bytes)
            let names = try Self.list(path)
            return try names.filter { $0.hasSuffix(".dist-info") }.sorted().compactMap { name in
                let place = folder.appending(try RelativePath(name))
                return try InstalledWheel(
                    environment.path, sitePackages: folder, folder: place, noted: noted[place])
            }
        }
    }

    /// A wheel that was noted.
    ///
    /// - Returns: nil if it is no longer there.
    init?(noted: EnvironmentState.Wheel, in environment: ByteString) throws {
        guard let sitePackages = noted.place.parent else { return nil }
        try self.init(environment, sitePackages: sitePackages, folder: noted.place, noted: noted)
    }

    /// Nil if this program did not install it.
    private init?(
        _ root: ByteString, sitePackages: PrefixPath, folder: PrefixPath, noted: EnvironmentState.Wheel?
    ) throws {
        // A missing file shows that it is not ours. A file that cannot be read might be.
        func read(_ name: ByteString) throws -> [UInt8]? {
            do {
                return try File.open(root.appending(path: folder.bytes).appending(path: name)).slice().readAll()
            } catch let error as SystemError where error.isAbsence {
                return nil
            }
        }
        let url = try read("direct_url.json")
        let origin = url.flatMap { try? JSONDocument($0).root["url"]?.string }
        if noted == nil {
            guard try read("uv_cache.json") != nil, let origin, origin.contains(text: "/pypi/") else { return nil }
        }
        guard let text = try read("RECORD"), let parsed = try? WheelRecord(parsing: text) else { return nil }
        self.noted = noted
        let lastSegment = origin?.utf8.split(separator: UInt8(ascii: "/")).last
        fileName = noted?.fileName ?? lastSegment.map { ByteString(PercentEncoding.decode(Array($0))) }
        let stem = String(folder.name.lossyString.dropLast(".dist-info".count))
        let parts = stem.split(separator: "-", maxSplits: 1)
        name = try PyPIName(String(parts.first ?? ""))
        version = parts.count > 1 ? String(parts[1]) : ""
        record = folder.appending(try RelativePath("RECORD"))
        rows = parsed.rows
        // RECORD has no rows for its own signatures.
        let metadata = try Self.list(root.appending(path: folder.bytes)).map { name in
            folder.appending(try RelativePath(name))
        }
        files =
            metadata + parsed.rows.compactMap { InstalledWheel.located($0.path, in: sitePackages) }
            + (noted?.emptyFolders ?? [])
    }

    /// The names in a folder; empty if there is no such folder.
    static func list(_ path: ByteString) throws -> [ByteString] {
        do throws(SystemError) {
            return try Sys.list(path)
        } catch {
            if error.isAbsence { return [] }
            throw Failure("could not read the environment", cause: error)
        }
    }

    /// A path of RECORD, which is relative to site-packages, as a path in the environment; nil if it leaves it.
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
    /// Whether an installed wheel is this one: from the same archive and with the same RECORD, except for the rows that
    /// describe the installation itself. Archives of the same name may differ, and a RECORD need not have hashes.
    func isInstalled(as old: InstalledWheel) -> Bool {
        guard let noted = old.noted, let sha256, noted.sha256 == sha256, noted.fileName == ByteString(fileName),
            files.contains(where: { PrefixPath($0.target) == old.record })
        else { return false }
        let rewritten = Set(files.compactMap(\.row))
        // A path may have several rows. The hash of a script that is yet to be made is not known.
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

    /// What is noted of the wheel when it is installed.
    var noted: EnvironmentState.Wheel? {
        guard let sha256, let place = files.last.map({ PrefixPath($0.target) })?.parent else { return nil }
        var noted = EnvironmentState.Wheel(
            place: place, fileName: ByteString(fileName), sha256: sha256, emptyFolders: emptyFolders)
        noted.url = url
        return noted
    }

    private static func isAboutInstallation(_ path: ByteString) -> Bool {
        path.hasSuffix(".dist-info/direct_url.json") || path.hasSuffix(".dist-info/uv_cache.json")
    }
}
