import CondaModel
import Lockfile
import Support

/// What would be packed: the packages of an environment for a platform, in pack order, for people and for programs.
public struct PackageListing: Sendable {
    public let environment: String
    /// The subdir, or the name the lock file gives the platform.
    public let platform: String
    public let rows: [Row]

    /// One package; what is not known is nil.
    public struct Row: Sendable {
        /// `conda`, `conda-source` or `pypi`.
        public let kind: String
        public let name: String
        public let version: String?
        public let build: String?
        public let subdir: String?
        /// A URL without secrets, or a path as written.
        public let location: String
        /// In bytes.
        public let size: UInt64?
        public let sha256: SHA256Digest?
        public let md5: MD5Digest?
        /// What goes to repodata.json.
        public let record: PackageRecord?
    }

    init(_ environment: LockedEnvironment) {
        self.environment = environment.name
        platform = environment.platform.name
        rows = environment.packages.map { Row($0) }
    }

    /// `{"environment", "platform", "packages": [{"kind", "name", …}]}`, absent values left out.
    public func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("environment", environment)
            writer.member("platform", platform)
            writer.key("packages")
            writer.array { writer in
                for row in rows { row.write(to: &writer) }
            }
        }
    }
}

extension PackageListing.Row {
    init(_ package: LockedPackage) {
        name = package.name.text
        location = package.location.redacted
        switch package {
        case .conda(let conda):
            kind = "conda"
            version = conda.record.version
            build = conda.record.build
            subdir = conda.record.subdir
            size = conda.record.size
            sha256 = conda.record.sha256
            md5 = conda.record.md5
            record = conda.record
        case .condaSource(let source):
            kind = "conda-source"
            version = source.version
            build = source.build
            subdir = source.subdir
            (size, sha256, md5, record) = (nil, nil, nil, nil)
        case .pypi(let pypi):
            kind = "pypi"
            version = pypi.displayVersion == LockedPyPI.unknownVersion ? nil : pypi.displayVersion
            (build, subdir, size, record) = (nil, nil, nil, nil)
            sha256 = pypi.sha256
            md5 = pypi.md5
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("kind", kind)
            writer.member("name", name)
            writer.member("version", version)
            writer.member("build", build)
            writer.member("subdir", subdir)
            writer.member("location", location)
            writer.member("size", size)
            writer.member("sha256", sha256?.hex)
            writer.member("md5", md5?.hex)
            if let record {
                writer.key("record")
                writer.object { record.writeMembers(to: &$0) }
            }
        }
    }
}
