import Archive
import CondaModel
import Support

/// Which files in a folder are those of the pack in it: others may be the user's own.
enum PackFiles {
    /// What the pack in a folder says it has; nothing if there is no pack this program can read.
    static func belonging(to folder: ByteString) -> Set<RelativePath> {
        guard (try? Sys.isDirectory(folder)) == true, let reader = try? PackReader.open(folder),
            let form = try? PackManifest.form(of: reader), let digests = try? PackDigests(of: reader, form)
        else { return [] }
        var files = digests.expected.union(digests.manifests)
        if case .plain(let manifest) = form, manifest.contents == nil {
            files.formUnion(reader.members.map(\.name).filter { isIndex($0) })
            let wheels = Set((try? PipPart(of: reader))?.wheels.map(\.name) ?? [])
            for member in reader.members where member.name.parent?.bytes == "pypi" {
                if let wheel = try? WheelName(member.name.lastComponent.lossyString), wheels.contains(wheel.name) {
                    files.insert(member.name)
                }
            }
        }
        return files
    }

    /// `environment.yml`, and the index of a subdir.
    private static func isIndex(_ path: RelativePath) -> Bool {
        path.bytes == "environment.yml"
            || path.lastComponent == "repodata.json" && path.parent?.parent?.bytes == "channel"
    }
}
