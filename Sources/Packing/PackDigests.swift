import Archive
import CondaModel
import SelfExtract
import Support

/// What a pack says of the contents of its own files: its index files of packages, its list of all files.
struct PackDigests: Sendable {
    /// By the path of the file in the pack; one digest at least is known.
    private(set) var declared: [RelativePath: FileDigests] = [:]
    /// What should be in the pack, whether a digest is known or not.
    private(set) var expected: Set<RelativePath> = []
    /// The files that tell all this, which nothing else can vouch for.
    private(set) var manifests: Set<RelativePath> = []

    /// - Throws: `Failure` naming the index that cannot be understood.
    init(of reader: PackReader, _ form: PackManifest.Form) throws {
        let name = try RelativePath(PackManifest.fileName)
        manifests.insert(name)
        switch form {
        case .plain(let manifest), .delta(let manifest):
            try addIndexes(of: reader)
            add(manifest, in: nil, reader)
        case .bundle(let environments):
            let members = try BundleMembers(of: reader)
            for environment in environments {
                let folder = try environment.folder
                manifests.insert(folder.appending(name))
                add(try members.plain(environment).manifest, in: folder, reader)
            }
        }
    }

    private mutating func addIndexes(of reader: PackReader) throws {
        for member in reader.members where member.name.lastComponent == "repodata.json" {
            guard let directory = member.name.parent, directory.parent?.bytes == "channel" else { continue }
            let entries = try describing("could not read '\(member.name)' of the pack", remedy: .getPackAgain) {
                try RepoData.parse(try member.document())
            }
            for entry in entries {
                let path = directory.appending(try RelativePath(ByteString(entry.fileName)))
                expected.insert(path)
                add(path, entry.record.digests)
            }
        }
    }

    /// - Parameter folder: of a bundle, where the environment's own files lie; the others are shared at the top.
    private mutating func add(_ manifest: PackManifest, in folder: RelativePath?, _ reader: PackReader) {
        for file in manifest.contents?.members ?? [] {
            let own = folder.map { $0.appending(file.path) }
            let path = own.flatMap { reader[$0]?.name } ?? file.path
            expected.insert(path)
            if declared[path]?.sha256 == nil { add(path, FileDigests(sha256: file.sha256)) }
        }
        // A delta pack need not have the packages of its base.
        for requirement in manifest.required where reader[requirement.path] == nil { expected.remove(requirement.path) }
    }

    private mutating func add(_ path: RelativePath, _ digests: FileDigests) {
        if digests.isKnown { declared[path] = digests }
    }
}

extension ContentDigest {
    /// The digest of a pack whose packages are known to be what its index files say: only the other files are read.
    static func ofVerified(_ reader: PackReader, _ form: PackManifest.Form) throws -> SHA256Digest {
        let digests = try PackDigests(of: reader, form)
        var contents = ContentDigest()
        for member in reader.members {
            let digest = try digests.declared[member.name]?.sha256 ?? member.sha256()
            contents.add(name: member.name.bytes, digest: digest)
        }
        return contents.finish()
    }
}
