import CondaModel
import Support

/// The fields of a conda package that follow from its location (docs/spec/lock.md#derived). A `%2B` in the file name is
/// a `+`.
struct DerivedFields {
    /// The parts of the file name, if it is that of a package and its version can be read.
    var name: String?
    var version: String?
    var build: String?
    /// The archive's folder if it is a known subdir; only for some schemes.
    var subdir: Platform?
    /// The file name, if there is one.
    let fileName: String?
    /// What the file name says, if it is that of an archive.
    let archive: ArchiveName?

    init(_ location: PackageLocation, acceptingWheels: Bool = false) {
        fileName = location.fileName
        archive = fileName.flatMap { ArchiveName($0, acceptingWheels: true) }
        if let archive, acceptingWheels || archive.kind != .wheel, (try? CondaVersion(archive.version)) != nil {
            name = archive.name
            version = archive.version
            build = archive.build
        }
        if case .url(let url) = location, let archive, archive.kind != .wheel,
            ["https", "http", "file"].contains(url.scheme), let folder = url.folder
        {
            subdir = try? Platform(parsing: folder)
        }
    }

    /// The digits at the end of a build string; nil if there are none, or if the number is too large.
    static func buildNumber(of build: String) -> UInt64? {
        let digits = build.utf8.reversed().prefix { isASCIIDigit($0) }
        return UInt64(String(decoding: digits.reversed(), as: UTF8.self))
    }

    /// The kind of package if `noarch` is missing, by the subdir and build in the location, else by those of the entry.
    func noarch(subdir given: String, build givenBuild: String) -> NoArch {
        guard (subdir?.rawValue ?? given) == Platform.noarch.rawValue else { return .none }
        return (build ?? givenBuild).utf8.containsPy ? .python : .generic
    }
}

extension String.UTF8View {
    fileprivate var containsPy: Bool {
        zip(self, dropFirst()).contains { $0 == UInt8(ascii: "p") && $1 == UInt8(ascii: "y") }
    }
}

extension PackageRecord {
    /// Sets `arch` and `platform` by a subdir, if they are missing.
    mutating func deriveArchAndPlatform(from subdir: Platform?) {
        guard let subdir else { return }
        if arch == nil { arch = subdir.archField }
        if platform == nil { platform = subdir.platformField }
    }
}
