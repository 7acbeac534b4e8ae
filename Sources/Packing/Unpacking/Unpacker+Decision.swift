import Archive
import CondaModel
import Install
import Inventory
import Support

/// What is to be done, found out before anything is written.
extension Unpacker {
    /// What makes the environment that of a pack.
    struct Decision {
        let plan: InstallPlan
        let wheels: [WheelPlan]
        let changes: EnvironmentChanges
        /// What the plan was made from; nil if it is not to be noted.
        let basis: PlanNote.Basis?
        /// The environment that is there; nil if it is new, or replaced as a whole.
        let installed: ByteString?
        /// The shortcuts of that environment; nil if there is none.
        let shortcuts: [ByteString]?
    }

    /// What is to be done to make the environment that of the pack. Of a pack that lies elsewhere comes only what the
    /// environment lacks; should that not be enough, all of it.
    func decide(
        _ pack: PackReader, _ manifest: PackManifest, _ installed: InstalledEnvironment?, place: ByteString,
        prefix: FinalPrefix
    ) throws -> Decision {
        func decide(_ part: PackReader, _ required: [PackContents.Requirement]) throws -> Decision {
            try PackMember.bring(part.members)
            try check(pack, manifest.contents, without: Set(required.map(\.path)))
            let kept = try kept(part, manifest.required + required, installed, place: place)
            let (plan, wheels, basis) = try self.plan(part, manifest, kept, prefix: prefix)
            return Decision(
                plan: plan, wheels: wheels, changes: try changes(plan, wheels, installed, kept), basis: basis,
                installed: installed?.path, shortcuts: installed?.shortcuts)
        }
        if let installed, !options.repairs, pack.members.contains(where: \.isElsewhere) {
            do {
                let present = try present(pack, manifest, installed)
                if !present.isEmpty { return try decide(pack.leaving(out: Set(present.map(\.path))), present) }
            } catch {
                try Interruption.check()
                reporter.debug("all packages are needed: \(error)")
            }
        }
        return try decide(pack, [])
    }

    /// The packages of a pack that the environment has already.
    private func present(
        _ pack: PackReader, _ manifest: PackManifest, _ installed: InstalledEnvironment
    ) throws -> [PackContents.Requirement] {
        let entries = try PackIndex.entries(of: pack).filter { pack[$0.path] != nil }
        let python = entries.python(\.record.name)
        let old = installed.packages.python(\.name)
        let keepsPython = Inventory.isSamePythonLine(old?.version, python?.record.version)
        let wanted = entries.filter { entry in
            entry.record.sha256 != nil && (keepsPython || entry.record.noarch != .python)
        }
        let wheels = (manifest.contents?.members ?? []).filter {
            keepsPython && $0.path.parent?.bytes == "pypi" && pack[$0.path] != nil
        }
        let found = try KeptPackages(
            wanted.map { .init(record: $0.record, fileName: $0.fileName, path: $0.path) },
            wheels: wheels.map { ($0.path.lastComponent.lossyString, $0.sha256) }, in: installed,
            python: try python.map { try PythonInfo($0.record) })
        let missing = Set(found.missing)
        let packages = wanted.filter { !missing.contains($0.fileName) }.map {
            PackContents.Requirement(path: $0.path, sha256: $0.record.sha256, size: nil)
        }
        return packages
            + wheels.filter { !missing.contains($0.path.lastComponent.lossyString) }.map {
                PackContents.Requirement(path: $0.path, sha256: $0.sha256, size: $0.size)
            }
    }

    /// What is to be done; says so if the environment was made for another place.
    private func changes(
        _ plan: InstallPlan, _ wheels: [WheelPlan], _ installed: InstalledEnvironment?, _ kept: KeptPackages
    ) throws -> EnvironmentChanges {
        var damaged = DamagedFiles.none
        if options.repairs, let installed {
            damaged = try DamagedFiles(in: installed, python: plan.python, pool: pool, reporter: reporter)
        }
        let changes = try EnvironmentChanges(
            plan, wheels: wheels, installed: installed, kept: kept, damaged: damaged)
        if changes.isMoved {
            let old = installed?.state.map { $0.prefix.isEmpty ? "" : ", '\($0.prefix)'" } ?? ""
            reporter.note("The environment was made for another place\(old): what names that is made again.")
        }
        return changes
    }

    /// What a delta pack counts on and does not bring, found in the environment.
    ///
    /// - Throws: `Failure` naming what is not there.
    func kept(
        _ pack: PackReader, _ wanted: [PackContents.Requirement], _ installed: InstalledEnvironment?,
        place: ByteString
    ) throws -> KeptPackages {
        let required = wanted.filter { pack[$0.path] == nil }
        if required.isEmpty { return .none }
        let entries = try PackIndex.entries(of: pack)
        let wanted = entries.filter { pack[$0.path] == nil }.map {
            KeptPackages.Wanted(record: $0.record, fileName: $0.fileName, path: $0.path)
        }
        let wheels = required.filter { $0.path.parent?.bytes == "pypi" }.map {
            (name: $0.path.lastComponent.lossyString, sha256: $0.sha256)
        }
        let python = try entries.python(\.record.name).map { try PythonInfo($0.record) }
        let kept = try KeptPackages(wanted, wheels: wheels, in: installed, python: python)
        if kept.missing.isEmpty { return kept }
        let count: Message = kept.missing.count == 1 ? "1 package" : "\(kept.missing.count) packages"
        if isOfImage {
            throw Failure(
                "the environment '\(place)' was made from another pack than the image in '\(pack.path)'",
                remedy: "Choose another place with -o; or replace it as a whole, with your own files in it: --force.")
        }
        guard installed == nil else {
            throw Failure(
                "'\(pack.path)' is a delta pack, and the environment '\(place)' lacks \(count) of its base: "
                    + DeltaBase.list(kept.missing),
                remedy: "Unpack it into an environment made from its base, or name the base with --base FILE.")
        }
        throw Failure(
            "'\(pack.path)' is a delta pack, and its base is missing: there is no environment '\(place)' yet, and no "
                + "--base. It builds on \(count): \(DeltaBase.list(kept.missing))",
            remedy: "Unpack the pack it was made from there first, or name that with --base FILE.")
    }

    func plan(
        _ pack: PackReader, _ manifest: PackManifest, _ kept: KeptPackages, prefix: FinalPrefix
    ) throws -> (plan: InstallPlan, wheels: [WheelPlan], basis: PlanNote.Basis?) {
        let required = Set(kept.sources.map(\.fileName))
        var packages = try PackIndex.packages(of: pack, without: required, manifest.contents) + kept.sources
        staging?.complete(&packages, for: manifest.platform)
        // pixi itself activates what the manifest says.
        if workspace != nil { packages.removeAll { $0.record.name == ActivationPackage.name } }
        let host = options.checksHost && !prefix.isNamed ? HostCheck() : nil
        try host?.check(packages.map(\.record))
        host?.warn(manifest.contents?.virtualPackages ?? [], reporter)
        let digests = try wheelDigests(pack, manifest.contents)
        let basis = basis(packages, pack, digests, manifest.contents, platform: manifest.platform, prefix: prefix)
        var selection = WheelSelection(pack, pool: pool)
        selection.origins = manifest.contents?.wheelOrigins ?? [:]
        selection.digests = digests
        selection.checksTags = options.checksWheelTags
        if workspace != nil { selection.installer = PixiWorkspace.wheelInstaller }
        selection.staging = staging
        var wheels = try selection.plans(
            python: try PythonInfo.find(in: packages), prefix: prefix.path, platform: manifest.platform)
        try host?.check([], wheels: wheels.map { ($0.fileName, $0.name) })
        kept.settle(&wheels)
        let plan = try InstallPlan(
            packages: packages, prefix: prefix, platform: manifest.platform,
            overriding: Set(wheels.flatMap(\.targets).map { PrefixPath($0) } + kept.wheelTargets),
            maximumSize: options.maximumSize, pool: pool)
        return (plan, wheels, basis)
    }
}
