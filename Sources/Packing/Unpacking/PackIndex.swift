import Archive
import CondaModel
import Install
import Support

/// The conda packages of a pack, from the repodata.json of each of its channel folders (spec install §1.2).
enum PackIndex {
    /// - Throws: `Failure` naming the folder without an index, the record that cannot be used, or the missing archive.
    static func packages(of pack: PackReader) throws -> [PackageSource] {
        let channel = try RelativePath("channel")
        guard pack.directories.contains(channel) else {
            throw Failure("'\(pack.path)' has no folder 'channel'", remedy: "Make the pack again.")
        }
        var sources: [PackageSource] = []
        var folders: [String: RelativePath] = [:]
        for folder in pack.directories.filter({ $0.parent == channel }).sorted() {
            let name = folder.appending(try RelativePath("repodata.json"))
            guard let member = pack[name] else { throw Failure("'\(folder)' in the pack has no repodata.json") }
            let entries = try describing("could not read '\(name)' in the pack") {
                try RepoData.parse(try member.open().readAll())
            }
            for entry in entries {
                if let other = folders.updateValue(folder, forKey: entry.fileName) {
                    throw Failure(
                        "the package '\(entry.fileName)' stands in the index of '\(other)' and of '\(folder)'")
                }
                sources.append(try source(entry, in: pack, channel: channel))
            }
        }
        return sources
    }

    private static func source(
        _ entry: RepoData.Entry, in pack: PackReader, channel: RelativePath
    ) throws -> PackageSource {
        let subdir = entry.record.subdir
        let folder = subdir.isEmpty ? channel : channel.appending(try RelativePath(ByteString(subdir)))
        let path = folder.appending(try RelativePath(ByteString(entry.fileName)))
        guard let member = pack[path] else {
            throw Failure(
                "the pack has no '\(path)', although its index lists it",
                remedy: "Copy the pack again, or make it again.")
        }
        return try PackageSource(record: entry.record, fileName: entry.fileName, member: member)
    }
}
