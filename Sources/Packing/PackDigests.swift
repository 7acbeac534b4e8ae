import Archive
import CondaModel
import SelfExtract
import Support

/// What the index files of a pack say about its packages.
struct PackDigests: Sendable {
    /// The digests an index gives for a package; both may be missing.
    struct Declared: Sendable {
        let sha256: SHA256Digest?
        let md5: MD5Digest?
    }

    /// By the path of the package in the pack.
    let declared: [RelativePath: Declared]
    /// What a delta pack counts on and need not have.
    let required: Set<RelativePath>

    /// - Throws: `Failure` naming the index that cannot be understood.
    init(of reader: PackReader) throws {
        var declared: [RelativePath: Declared] = [:]
        var required: Set<RelativePath> = []
        for member in reader.members where member.name.lastComponent == "repodata.json" {
            guard let directory = member.name.parent, directory.parent?.bytes == "channel" else { continue }
            let entries = try describing(
                "could not read '\(member.name)' of the pack",
                remedy: "Get the pack again, or pack the environment again."
            ) {
                try RepoData.parse(try member.open().readAll())
            }
            for entry in entries {
                let path = directory.appending(try RelativePath(ByteString(entry.fileName)))
                declared[path] = Declared(sha256: entry.record.sha256, md5: entry.record.md5)
            }
        }
        for member in reader.members where member.name.lastComponent == "pixi-pack.json" {
            let root = try describing(
                "could not read '\(member.name)' of the pack",
                remedy: "Get the pack again, or pack the environment again."
            ) {
                try JSONDocument(try member.open().readAll(limit: 64 << 20)).root
            }
            let contents = try PackContents.read(root)
            required.formUnion(contents?.required?.map(\.path) ?? [])
            for file in contents?.members ?? [] {
                // In a bundle a file lies in the environment's folder, or is shared at the top.
                let own = member.name.parent?.appending(file.path)
                let path = own.flatMap { reader[$0]?.name } ?? file.path
                if declared[path]?.sha256 == nil { declared[path] = Declared(sha256: file.sha256, md5: nil) }
            }
        }
        self.declared = declared
        self.required = required
    }
}

extension ContentDigest {
    /// The digest of a pack whose packages are known to be what its index files say: only the other files are read.
    public static func ofVerified(_ reader: PackReader) throws -> SHA256Digest {
        let digests = try PackDigests(of: reader)
        var contents = ContentDigest()
        for member in reader.members {
            let digest = try digests.declared[member.name]?.sha256 ?? member.open().sha256()
            contents.add(name: member.name.bytes, digest: digest)
        }
        return contents.finish()
    }
}
