import Archive
import CondaModel
import Support

/// A conda package of a pack: its record in the pack's index, and its archive.
public struct PackageSource: Sendable {
    /// The record of repodata.json.
    public let record: PackageRecord
    /// The key in repodata.json.
    public let fileName: String
    /// The archive.
    let member: PackMember
    let kind: ArchiveName.Kind
    /// Where the package comes from, if the pack says so.
    public var origin: PackageOrigin?
    /// What is already installed of it, if there is no archive. Such a package can only be kept as it is.
    let kept: PackageMetadata?
    /// Its files, if they were unpacked before the plan was made.
    var staged: StagedPackage?

    /// - Throws: `Failure` if the file is not a conda package by its name, or the record's name is not in lower case.
    public init(record: PackageRecord, fileName: String, member: PackMember) throws {
        try self.init(record: record, fileName: fileName, member: member, kept: nil)
    }

    init(record: PackageRecord, fileName: String, member: PackMember, kept: PackageMetadata?) throws {
        guard let name = ArchiveName(fileName) else {
            throw Failure(
                "'\(fileName)' in the pack is not a conda package (.conda or .tar.bz2)",
                remedy: .getPackAgain)
        }
        guard record.name == record.name.lowercased else {
            throw Failure("the name of package '\(record.name)' in the pack has capital letters", remedy: .getPackAgain)
        }
        self.record = record
        self.fileName = fileName
        self.member = member
        self.kept = kept
        kind = name.kind
    }

    /// `<name>-<version>-<build>`: the name of the package's record, and of its folder in a cache.
    public var identity: String { "\(record.name)-\(record.version)-\(record.build)" }

    func archive() throws -> CondaArchive { try CondaArchive(member.open(), kind: kind, name: fileName) }

    /// Compares the archive with the size and hash in the record (SHA-256, else MD5).
    ///
    /// - Throws: `Failure` naming the package, what was expected and what was found.
    func verify() throws {
        try verifySize()
        if record.sha256 != nil {
            try requireDigest(try staged?.sha256 ?? member.sha256())
        } else if let expected = record.md5 {
            let found = try member.open().md5()
            if found != expected { throw mismatch("MD5", expected.hex, found.hex) }
        }
    }

    /// Compares the archive's size with that of the record.
    func verifySize() throws {
        if let size = record.size, size != UInt64(member.size) { throw mismatch("size", "\(size)", "\(member.size)") }
    }

    /// Compares the archive's SHA-256 with that of the record.
    func requireDigest(_ found: SHA256Digest) throws {
        if let expected = record.sha256, found != expected { throw mismatch("SHA-256", expected.hex, found.hex) }
    }

    private func mismatch(_ what: Message, _ expected: String, _ found: String) -> Failure {
        Failure(
            "package '\(fileName)' in the pack is damaged: its \(what) is \(found), the pack's index says \(expected)",
            remedy: "Copy the pack again, or make it again.", kind: .integrity)
    }
}
