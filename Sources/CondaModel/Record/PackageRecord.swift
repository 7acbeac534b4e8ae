import Support

/// What is known of a package, with the fields of repodata.json (docs/spec/lock.md#repodata,
/// docs/spec/install.md#repodata).
///
/// Text is kept as written; `nil` means that the key is absent.
public struct PackageRecord: Sendable, Equatable {
    /// The processor, for example `x86_64`; only for information.
    public var arch: String?
    /// The build string.
    public var build: String
    /// Distinguishes builds of one version; the highest is the newest.
    public var buildNumber: UInt64
    /// Match specs of packages that need not be there but must fit if they are (`MatchSpec`).
    public var constrains: [String] = []
    /// Match specs of the packages that this one needs (`MatchSpec`).
    public var depends: [String] = []
    /// Sorted by key.
    public var extraDepends: [ExtraDepends] = []
    /// Names of features the package switches on, as written; old packages only.
    public var features: String?
    /// What match specs can ask for with `flags=` (docs/spec/lock.md#match-specs).
    public var flags: [String] = []
    /// The MD5 of the `.tar.bz2` that was converted to this package.
    public var legacyBz2MD5: MD5Digest?
    /// The size in bytes of the `.tar.bz2` that was converted to this package.
    public var legacyBz2Size: UInt64?
    /// The licence as the recipe gives it, mostly an SPDX expression.
    public var license: String?
    /// The kind of licence: `BSD`, `GPL3`.
    public var licenseFamily: String?
    /// The MD5 of the archive.
    public var md5: MD5Digest?
    public var name: CondaName
    /// Whether the package is for all platforms.
    public var noarch: NoArch = .none
    /// The operating system, for example `linux`; only for information.
    public var platform: String?
    /// Canonical, sorted, without duplicates. An empty list is not the same as nil: it says that there are none.
    public var purls: [String]?
    /// Where packages of this Python put modules, relative to the prefix (CEP 17).
    public var pythonSitePackagesPath: String?
    /// What packages that are built with this one have to depend on; nil if that is not known.
    public var runExports: RunExports?
    /// The SHA-256 of the archive.
    public var sha256: SHA256Digest?
    /// The size of the archive in bytes.
    public var size: UInt64?
    /// The subdir of the channel, for example `linux-64`.
    public var subdir: String
    /// As written, in seconds or in milliseconds since 1970.
    public var timestamp: Int64?
    /// Empty if the key is absent; written as one string.
    public var trackFeatures: [String] = []
    /// As written; `CondaVersion` reads it.
    public var version: String

    public init(name: CondaName, version: String, build: String, buildNumber: UInt64 = 0, subdir: String) {
        self.name = name
        self.version = version
        self.build = build
        self.buildNumber = buildNumber
        self.subdir = subdir
    }

    /// Of the archive.
    public var digests: FileDigests { FileDigests(sha256: sha256, md5: md5) }

    /// One entry of `extra_depends`.
    public struct ExtraDepends: Sendable, Equatable {
        var extra: String
        public var depends: [String]
        public init(extra: String, depends: [String]) {
            self.extra = extra
            self.depends = depends
        }
    }

    /// The lists of `run_exports`. If all are empty, the package is known to export nothing.
    public struct RunExports: Sendable, Equatable {
        public var weak: [String] = []
        var strong: [String] = []
        var noarch: [String] = []
        var weakConstrains: [String] = []
        var strongConstrains: [String] = []
        public init() {}
    }
}

extension PackageRecord {
    /// Writes the members of the record in the order of repodata.json and conda-meta (docs/spec/lock.md#repodata,
    /// docs/spec/install.md#record-keys).
    public func writeMembers(to writer: inout JSONWriter) {
        func nonEmpty(_ list: [String]) -> [String]? { list.isEmpty ? nil : list }
        writer.member("arch", arch)
        writer.member("build", build)
        writer.member("build_number", Optional(buildNumber))
        writer.member("constrains", nonEmpty(constrains))
        writer.member("depends", depends)
        if !extraDepends.isEmpty {
            writer.key("extra_depends")
            writer.object { writer in
                for entry in extraDepends { writer.member(entry.extra, entry.depends) }
            }
        }
        writer.member("features", features)
        writer.member("flags", nonEmpty(flags))
        writer.member("legacy_bz2_md5", legacyBz2MD5?.hex)
        writer.member("legacy_bz2_size", legacyBz2Size)
        writer.member("license", license)
        writer.member("license_family", licenseFamily)
        writer.member("md5", md5?.hex)
        writer.member("name", name.text)
        switch noarch {
        case .none: break
        case .python: writer.member("noarch", "python")
        case .generic: writer.member("noarch", "generic")
        case .oldGeneric:
            writer.key("noarch")
            writer.value(true)
        }
        writer.member("platform", platform)
        writer.member("purls", purls)
        writer.member("python_site_packages_path", pythonSitePackagesPath)
        if let runExports {
            writer.key("run_exports")
            writer.object { writer in
                writer.member("weak", nonEmpty(runExports.weak))
                writer.member("strong", nonEmpty(runExports.strong))
                writer.member("noarch", nonEmpty(runExports.noarch))
                writer.member("weak_constrains", nonEmpty(runExports.weakConstrains))
                writer.member("strong_constrains", nonEmpty(runExports.strongConstrains))
            }
        }
        writer.member("sha256", sha256?.hex)
        writer.member("size", size)
        writer.member("subdir", subdir)
        writer.member("timestamp", timestamp)
        writer.member("track_features", trackFeatures.isEmpty ? nil : trackFeatures.joined(separator: " "))
        writer.member("version", version)
    }
}
