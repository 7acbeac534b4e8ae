import ArgumentParser
import OCI
import Packing
import Support

/// The arguments of `pixi-pack` and `pixi-pack pack`.
struct PackArguments: ParsableArguments {
    @OptionGroup var workspace: WorkspaceArgument

    @OptionGroup(title: "Environments") var targets: TargetOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Output") var asking: ForecastOptions
    @OptionGroup(title: "Packages") var packages: AddedPackageOptions
    @OptionGroup(title: "Signature") var signing: SigningOptions
    @OptionGroup(title: "Network") var network: NetworkOptions

    func validate() throws {
        try targets.validate(output, packages)
        try signing.validate(output)
        if asking.json, !asking.dryRun, !output.directoryOnly, output.outputFile?.isStandardStream == true {
            throw ValidationError("--json needs standard output for the result, and the pack is to go there")
        }
        _ = try packages.manifest(workspace.given)
    }

    func pack(_ console: Console) throws {
        Interruption.begin()
        let needsNone = targets.prefix != nil || targets.fromExplicit != nil
        let named = try packages.manifest(workspace.given)
        let manifest = needsNone ? named ?? "." : try WorkspaceSearch.find(named, reporter: console.reporter)
        try packages.requireKinds()
        for platform in targets.platform { try platform.check(in: manifest) }
        var request = PackRequest(manifest: manifest, version: Program.version)
        request.output = output.output
        request.executableImage = try output.executableImage()
        let network = try network.settings(manifest: manifest, reporter: console.reporter)
        if targets.bundle {
            request.bases = try output.bundleBases(targets.all, network)
        } else if let target = targets.all.first, let base = try output.baseInventory(target, network) {
            request.bases = [target: base]
        }
        request.mountable = [try output.base.flatMap { try OCIReference(argument: $0.path) }].compactMap { $0 }
        request.sboms = output.sbom.map(\.file)
        packages.apply(to: &request)
        request.showsBuildOutput = console.level >= .info
        request.fetch = network
        try targets.apply(to: &request)
        let targets = PackTargets(targets.all, isBundle: targets.bundle)
        if asking.dryRun {
            let build = PackBuild(targets, request: request, reporter: console.reporter)
            return try asking.show(try build.forecast(), console)
        }
        request.signing = try signing.load()
        let began = MonotonicClock.seconds
        let results = try PackBuild(targets, request: request, reporter: console.reporter).run()
        if asking.json { try asking.show(results, seconds: MonotonicClock.seconds - began, console) }
        for result in results {
            if let signature = result.signature { console.reporter.note("🔏 Signed it: \(signature).") }
            if let digest = result.digest { console.reporter.note("Its digest is sha256:\(digest.hex).") }
            guard let line = ClosingLine.packed(result, seconds: MonotonicClock.seconds - began) else { continue }
            console.reporter.note(line)
        }
    }
}
