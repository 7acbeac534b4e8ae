import CondaModel
import Inventory
import Lockfile
import Support

extension LockedPackageLists {
    /// The packages of an environment for a platform, as a bill of materials needs them.
    ///
    /// - Throws: `Failure` as `list(environment:platform:)`.
    public func inventory(environment: String, platform: String, manifest: ByteString) throws -> Inventory {
        let found = try locked(environment: environment, platform: platform)
        var inventory = try Inventory(locked: found.packages, environment: environment, platform: found.subdir)
        inventory.origin.lockSHA256 = found.sha256
        let workspace = ((try? WorkspaceManifest.find(manifest)) ?? nil)?.workspace
        inventory.origin.workspace = workspace?.name
        inventory.origin.workspaceVersion = workspace?.version
        return inventory
    }
}

extension Inventory {
    /// - Throws: `Failure` for a name that cannot be a file of a pack.
    init(locked packages: [LockedPackage], environment: String, platform: Platform) throws {
        let items = try packages.map { package -> Item in
            var item: Item
            switch package {
            case .conda(let conda):
                item = Item(conda.record, path: try PackPlan.path(of: conda.record, fileName: conda.fileName))
            case .condaSource(let source):
                let version = source.version ?? "0"
                let subdir = source.subdir ?? platform.rawValue
                item = Item(
                    name: .conda(source.name), version: version,
                    path: try RelativePath(ByteString("channel/\(subdir)/\(source.name)-\(version)")))
                item.subdir = subdir
                item.depends = source.depends
            case .pypi(let python):
                let file = python.location.lastSegment.map { PercentEncoding.decode($0.bytes) } ?? []
                let name = file.isEmpty || !python.isWheel ? Array(python.name.text.utf8) : file
                item = Item(
                    name: .pypi(python.name), version: python.version ?? "0",
                    path: try RelativePath("pypi/" + ByteString(name)))
                item.sha256 = python.sha256
                item.md5 = python.md5
                item.depends = python.requiresDist
            }
            if case .url = package.location { item.location = package.location.redacted }
            return item
        }
        self.init(environment: environment, platform: platform, items: items)
    }
}
