import Install
import Support

extension Unpacker {
    /// What unpacks packages while the pack still comes, through a pipe or from being decompressed: where a new environment
    /// is made from a pack that nobody has to sign. In one that is there only what has changed is written; and of a pack
    /// that must be signed nothing is decoded before its signature is checked.
    func makeStaging() throws -> PackageStaging? {
        if options.trust != nil || options.isDryRun || options.force || options.base != nil { return nil }
        let target = try self.target()
        guard try !Sys.exists(target.place) else { return nil }
        let staging = PackageStaging(
            for: target.place.lastPathComponent, in: try nearestDirectory(target.place), prefix: target.prefix,
            options: PackageStaging.Options(
                umask: umask, followsOriginal: options.followsOriginal, maximumSize: options.maximumSize,
                width: pool.width, isPlatformKnown: options.checksHost && options.prefix == nil))
        staging.tidy()
        return staging
    }
}
