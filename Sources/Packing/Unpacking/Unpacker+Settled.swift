import Archive
import CondaModel
import Install
import Support

/// The same pack once more: nothing is read of its packages, and of the environment only what tells that nobody changed it.
extension Unpacker {
    /// What a plan is made from.
    func basis(
        _ packages: [PackageSource], _ pack: PackReader, _ digests: [RelativePath: SHA256Digest],
        _ contents: PackContents?, platform: Platform, prefix: FinalPrefix
    ) -> PlanNote.Basis? {
        let wheels = pack.members.filter { $0.name.parent?.bytes == "pypi" }.map { member in
            (path: member.name, sha256: digests[member.name], origin: contents?.wheelOrigins[member.name])
        }
        return PlanNote.Basis(
            packages: packages, wheels: wheels, prefix: prefix, platform: platform,
            checksWheelTags: options.checksWheelTags)
    }

    /// Completes what there is to do if the environment is as this pack makes it, by our note.
    ///
    /// - Returns: nil if it has to be compared with the pack.
    func settled(
        _ pack: PackReader, _ manifest: PackManifest, _ target: UnpackTarget, _ identity: EnvironmentIdentity?
    ) throws -> Summary? {
        guard isPlain, !target.prefix.isNamed, !pack.members.contains(where: \.isElsewhere),
            let environment = SettledEnvironment(at: target.place)
        else { return nil }
        if let identity, identity.signature == nil, !environment.isNoted(identity.key, signature: nil) { return nil }
        guard let found = try? compare(environment, pack, manifest, target) else {
            // What is wrong is said where all of it is looked at.
            try Interruption.check()
            return nil
        }
        if !options.trustsOwner { try EnvironmentOwner.require(target.place) }
        try options.activation.check(place: target.place, folder: target.folder)
        try check(pack, manifest.contents)
        if options.checksHost {
            let host = HostCheck()
            try host.check(found.packages.map(\.record))
            host.warn(manifest.contents?.virtualPackages ?? [], reporter)
            try host.check([], wheels: found.wheels)
        }
        report(found.note.conflicts, found.note.replaced)
        let scripts =
            try options.isDryRun
            ? [] : write(try files(at: target.place, Surroundings(target: target, files: [])))
        return Summary(
            place: target.place, prefix: target.prefix, activationScripts: scripts, changes: found.changes,
            isNew: false)
    }

    /// What is there after another process was waited for, if that is what the pack makes; nil: it is not.
    func made(
        _ pack: PackReader, _ manifest: PackManifest, _ target: UnpackTarget, _ origin: ByteString
    ) throws -> Summary? {
        if var summary = try settled(pack, manifest, target, nil) {
            summary.wasMadeMeanwhile = true
            return summary
        }
        guard let installed = try installed(at: target.place) else { return nil }
        let (plan, _, changes, _) = try decide(
            pack, manifest, installed, place: target.place, prefix: target.prefix)
        guard changes.changes.isEmpty, !changes.isMoved else { return nil }
        let around = Surroundings(target: target, files: try workspaceFiles(pack, plan))
        let scripts = try write(try files(at: target.place, around))
        return Summary(
            place: target.place, prefix: target.prefix, activationScripts: scripts, changes: changes, isNew: false,
            wasMadeMeanwhile: true)
    }

    /// Whether no option asks for more than that the environment is there.
    private var isPlain: Bool {
        !options.force && !options.repairs && !options.runsPostLink && !options.isStrict && !isOfImage
            && options.base == nil && options.shortcuts == nil && options.byteCode == nil
            && options.activation.kernel == nil && workspace == nil
    }

    private typealias Found = (
        packages: [PackageSource], wheels: [(fileName: String, name: WheelName)], changes: EnvironmentChanges,
        note: PlanNote
    )

    private func compare(
        _ environment: SettledEnvironment, _ pack: PackReader, _ manifest: PackManifest, _ target: UnpackTarget
    ) throws -> Found? {
        if manifest.isDelta { return nil }
        let packages = try PackIndex.packages(of: pack, manifest.contents)
        let digests = try wheelDigests(pack, manifest.contents)
        guard
            let basis = basis(
                packages, pack, digests, manifest.contents, platform: manifest.platform, prefix: target.prefix)
        else { return nil }
        let wheels = try pack.members.filter { $0.name.parent?.bytes == "pypi" }.map { member in
            let name = member.name.lastComponent.lossyString
            return (fileName: name, name: try WheelName(name))
        }
        let found = try environment.changes(
            to: basis, packages: packages.count + wheels.count, prefix: target.prefix, pool: pool)
        return found.map { (packages, wheels, $0.changes, $0.note) }
    }
}
