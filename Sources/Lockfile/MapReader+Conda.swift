import CondaModel
import Support

/// The fields of a conda package that all versions of the format share.
extension MapReader {
    /// Reads the fields whose rules are the same in all versions: all but name, version, build, build number, subdir,
    /// noarch, arch and platform.
    func readCommonFields(into record: inout PackageRecord) throws {
        record.constrains = try list("constrains") ?? []
        record.features = try string("features")
        record.license = try string("license")
        record.licenseFamily = try string("license_family")
        record.pythonSitePackagesPath = try string("python_site_packages_path")
        record.size = try uint64("size")
        record.timestamp = try timestamp("timestamp")
        record.purls = try purls("purls")
    }

    /// Reads the further fields of versions 4 to 7.
    func readNewerFields(into record: inout PackageRecord) throws {
        record.depends = try list("depends") ?? []
        record.trackFeatures = try list("track_features") ?? []
        record.flags = try list("flags") ?? []
        record.md5 = try md5("md5")
        record.sha256 = try sha256("sha256")
        record.legacyBz2MD5 = try md5("legacy_bz2_md5")
        record.legacyBz2Size = try uint64("legacy_bz2_size")
    }

    /// Sorted by key.
    func extraDepends() throws -> [PackageRecord.ExtraDepends] {
        try (lists("extra_depends") ?? []).sorted { $0.key < $1.key }.map { entry in
            PackageRecord.ExtraDepends(extra: entry.key.lossyString, depends: entry.list)
        }
    }

    func runExports() throws -> PackageRecord.RunExports? {
        try lists("run_exports").map { lists in
            var exports = PackageRecord.RunExports()
            for entry in lists { exports.set(entry.key, to: entry.list) }
            return exports
        }
    }

    /// The record of a built package of versions 6 and 7. Every field but the location may be missing and is then
    /// derived from it (docs/spec/lock.md#v6).
    func record(completedBy derived: DerivedFields) throws -> PackageRecord {
        guard let text = try string("name") ?? derived.name else { throw failure("missing field/fields 'name'") }
        guard let version = try string("version") ?? derived.version else {
            throw failure("missing field/fields 'version'")
        }
        guard let subdir = try string("subdir") ?? derived.subdir?.rawValue else {
            throw failure("missing field/fields 'subdir'")
        }
        let build = try string("build") ?? derived.build ?? ""
        // The version of the file name has been understood.
        if derived.version?.utf8.elementsEqual(version.utf8) != true { try checkVersion(version) }
        let name = try condaName(text)
        var record = PackageRecord(name: name, version: version, build: build, subdir: subdir)
        record.buildNumber = try uint64("build_number") ?? DerivedFields.buildNumber(of: build) ?? 0
        record.noarch = try noarch("noarch") ?? derived.noarch(subdir: subdir, build: build)
        try readCommonFields(into: &record)
        try readNewerFields(into: &record)
        record.extraDepends = try extraDepends()
        record.deriveArchAndPlatform(from: try? Platform(parsing: record.subdir))
        return record
    }

    /// The package, after checking that its names can be names of files (docs/spec/lock.md#files).
    func package(_ record: PackageRecord, at location: PackageLocation, fileName: String) throws -> LockedConda {
        do {
            try record.requireUsableNames()
            try requirePathComponent(fileName, "file name")
        } catch {
            throw failure("\(error)")
        }
        return LockedConda(record: record, location: location, fileName: fileName)
    }

    /// - Throws: `Failure` naming the entry if the text is no name of a package.
    func condaName(_ text: String) throws -> CondaName {
        do {
            return try CondaName(text)
        } catch {
            throw failure("\(error)")
        }
    }

    func checkVersion(_ version: String) throws {
        try describing("version") { _ = try CondaVersion(version) }
    }

    /// The fields of a source package that are needed to build it.
    func source(name: CondaName, at location: PackageLocation, hash: String?) throws -> LockedSource {
        var source = LockedSource(name: name, location: location, hash: hash)
        source.version = try string("version")
        source.build = try string("build")
        source.subdir = try string("subdir")
        source.depends = try list("depends") ?? []
        source.constrains = try list("constrains") ?? []
        // Sources of other kinds are fetched by the build, by the manifest of the package.
        let archive = value.present("source") ?? value.present("package_build_source")
        if case .url(let url) = location, let text = archive?.present("url")?.string,
            (try? WebURL(text))?.text == url.text
        {
            source.sha256 = archive?.present("sha256")?.string.flatMap { SHA256Digest(hex: $0) }
            source.subdirectory = archive?.present("subdir")?.string
        }
        return source
    }
}
