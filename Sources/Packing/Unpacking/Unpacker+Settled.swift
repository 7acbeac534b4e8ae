import Archive
import CondaModel
import Install
import Support

/// What our note tells of an environment. The same pack once more: nothing is read of its packages, and of the
/// environment only what tells that nobody changed it. Another one: only the packages that differ are read.
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

    /// What our note tells of an environment.
    indirect enum Settled {
        /// It is as the pack makes it, and everything else was done.
        case done(Summary)
        /// It has other packages than the pack, and what there is to do is known.
        case differs(Decision)
        /// It has to be compared with the pack.
        case unknown
    }

    /// Completes what there is to do if the environment is as this pack makes it, by our note, and otherwise finds
    /// out from the note what is to be done.
    func settled(
        _ pack: PackReader, _ manifest: PackManifest, _ target: UnpackTarget, _ identity: EnvironmentIdentity?
    ) throws -> Settled {
        guard isPlain, !target.prefix.isNamed, !pack.members.contains(where: \.isElsewhere),
            let environment = SettledEnvironment(at: target.place)
        else { return .unknown }
        // Contents of which nothing is noted yet have to be noted.
        let mayBeDone = identity.map { $0.signature != nil || environment.isNoted($0.key, signature: nil) } ?? true
        guard let found = try? compare(environment, pack, manifest, target, mayBeDone: mayBeDone) else {
            // What is wrong is said where all of it is looked at.
            try Interruption.check()
            return .unknown
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
        switch found.difference {
        case .packages(let decision):
            return .differs(decision)
        case .nothing(let changes, let note):
            report(note.conflicts, note.replaced)
            let scripts =
                try options.isDryRun
                ? [] : write(try files(at: target.place, Surroundings(target: target, files: [])))
            return .done(
                Summary(
                    place: target.place, prefix: target.prefix, activationScripts: scripts, changes: changes,
                    isNew: false))
        }
    }

    /// What is there after another process was waited for, if that is what the pack makes; nil: it is not.
    func made(
        _ pack: PackReader, _ manifest: PackManifest, _ target: UnpackTarget, _ origin: ByteString
    ) throws -> Summary? {
        if case .done(var summary) = try settled(pack, manifest, target, nil) {
            summary.wasMadeMeanwhile = true
            return summary
        }
        guard let installed = try installed(at: target.place) else { return nil }
        let decision = try decide(pack, manifest, installed, place: target.place, prefix: target.prefix)
        let changes = decision.changes
        guard changes.changes.isEmpty, !changes.isMoved else { return nil }
        let around = Surroundings(target: target, files: try workspaceFiles(pack, decision.plan))
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

    /// What our note tells of an environment and a pack.
    private struct Found {
        indirect enum Difference {
            case nothing(EnvironmentChanges, PlanNote)
            case packages(Decision)
        }

        let packages: [PackageSource]
        let wheels: [(fileName: String, name: WheelName)]
        let difference: Difference
    }

    private func compare(
        _ environment: SettledEnvironment, _ pack: PackReader, _ manifest: PackManifest, _ target: UnpackTarget,
        mayBeDone: Bool
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
        let same =
            try mayBeDone
            ? environment.changes(
                to: basis, packages: packages.count + wheels.count, prefix: target.prefix, pool: pool) : nil
        let difference: Found.Difference? =
            try same.map { .nothing($0.changes, $0.note) }
            ?? decide(environment, packages, basis, manifest, target).map { .packages($0) }
        return difference.map { Found(packages: packages, wheels: wheels, difference: $0) }
    }

    /// What is to be done where only conda packages differ.
    private func decide(
        _ environment: SettledEnvironment, _ packages: [PackageSource], _ basis: PlanNote.Basis,
        _ manifest: PackManifest, _ target: UnpackTarget
    ) throws -> Decision? {
        guard
            let difference = try environment.difference(to: packages, basis, prefix: target.prefix, pool: pool),
            let plan = try InstallPlan(
                lacking: difference.pending, of: packages, prefix: target.prefix, platform: manifest.platform,
                maximumSize: options.maximumSize, pool: pool),
            let changes = EnvironmentChanges(plan, in: difference)
        else { return nil }
        reporter.debug("By our note nothing but these packages differs; the archives of the others are not read.")
        return Decision(
            plan: plan, wheels: [], changes: changes, basis: basis, installed: target.place, shortcuts: [])
    }
}
