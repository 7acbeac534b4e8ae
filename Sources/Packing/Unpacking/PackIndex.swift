import Archive
import CondaModel
import Install
import Support

/// The conda packages of a pack, from the repodata.json of each of its channel folders (docs/spec/install.md#repodata).
enum PackIndex {
    /// A package as the index has it.
    struct Entry: Sendable {
        let record: PackageRecord
        let fileName: String
        /// Where its archive lies.
        let path: RelativePath
    }

    /// All packages, whose archives are in the pack.
    ///
    /// - Throws: `Failure` naming the folder without an index, the record that cannot be used, or the missing archive.
    ///
    /// - Parameters:
    ///   - known: file names of packages that are left out.
    ///   - contents: what the pack says of where its packages come from.
    static func packages(
        of pack: PackReader, without known: Set<String> = [], _ contents: PackContents?
    ) throws -> [PackageSource] {
        let origins = contents?.origins ?? [:]
        return try entries(of: pack).filter { !known.contains($0.fileName) }.map { entry in
            guard let member = pack[entry.path] else {
                throw Failure(
                    "the pack has no '\(entry.path)', although its index lists it",
                    remedy: "Copy the pack again, or make it again.")
            }
            var source = try PackageSource(record: entry.record, fileName: entry.fileName, member: member)
            source.origin = origins[entry.path]
            return source
        }
    }

    /// All packages of the index, whether their archives are there or not.
    ///
    /// - Throws: `Failure` naming the folder without an index, or the record that cannot be used.
    static func entries(of pack: PackReader) throws -> [Entry] {
        let channel = try RelativePath("channel")
        guard pack.directories.contains(channel) else {
            throw Failure("'\(pack.path)' has no folder 'channel'", remedy: "Make the pack again.")
        }
        var found: [Entry] = []
        var folders: [String: RelativePath] = [:]
        var left = PackMember.documentLimit
        for folder in pack.directories.filter({ $0.parent == channel }).sorted() {
            let name = folder.appending(try RelativePath("repodata.json"))
            guard let member = pack[name] else {
                throw Failure("'\(folder)' in the pack has no repodata.json", remedy: .getPackAgain)
            }
            let entries = try describing("could not read '\(name)' in the pack", remedy: .getPackAgain) {
                left -= member.size
                guard left >= 0 else {
                    throw Failure("the indexes of the pack have more than \(PackMember.documentLimit >> 20) MB")
                }
                return try RepoData.parse(try member.document())
            }
            found.reserveCapacity(found.count + entries.count)
            folders.reserveCapacity(folders.count + entries.count)
            for entry in entries {
                if let other = folders.updateValue(folder, forKey: entry.fileName) {
                    throw Failure(
                        "the package '\(entry.fileName)' stands in the index of '\(other)' and of '\(folder)'",
                        remedy: .getPackAgain)
                }
                found.append(try located(entry, channel: channel))
            }
        }
        return found
    }

    private static func located(_ entry: RepoData.Entry, channel: RelativePath) throws -> Entry {
        let subdir = entry.record.subdir
        let folder = subdir.isEmpty ? channel : channel.appending(try RelativePath(ByteString(subdir)))
        let path = folder.appending(try RelativePath(ByteString(entry.fileName)))
        return Entry(record: entry.record, fileName: entry.fileName, path: path)
    }
}
