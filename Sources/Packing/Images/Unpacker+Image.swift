import Archive
import CondaModel
import Image
import Install
import OCI
import SelfExtract
import Support

extension Unpacker {
    /// Makes an image of a pack's environment: check, plan, and write every file once, into the image. There is no
    /// environment on the disk meanwhile, and nothing of the pack runs.
    ///
    /// - Throws: `Failure`; then there is no image.
    public func unpack(_ source: PackSource, into image: ImageOptions) throws -> ImageSummary {
        Interruption.begin()
        let opened = try source.open(
            spoolingTo: ProcessEnvironment.current.temporaryFolder, trust: options.trust,
            maximumSize: options.maximumSize, network: options.network, reporter: reporter)
        opened.reportSignature(reporter)
        if opened.image != nil {
            throw Failure(
                "'\(opened.reader.path)' holds no packages but an image already",
                remedy: "Mount it: sh FILE mount DIR. To make another image, use a pack made without --squashfs.")
        }
        return try unpack(opened, into: image)
    }

    /// Makes an image of a pack that is open.
    func unpack(_ opened: OpenPack, into image: ImageOptions) throws -> ImageSummary {
        guard let prefix = options.prefix else {
            throw Failure(
                "it is not said where the environment of the image will be used",
                remedy: "Add --prefix PATH: where the image is mounted or unpacked, or the folder in the container.")
        }
        let selected = try Bundle.select(from: opened.reader, opened.form, environment: options.environment)
        let manifest = selected.manifest
        try manifest.requirePlatform(.sameLayout)
        let pack = try completed(selected.reader, manifest)
        let decision = try decide(pack, manifest, nil, place: prefix.path, prefix: prefix)
        let (plan, wheels, changes) = (decision.plan, decision.wheels, decision.changes)
        sayOtherMachine(plan)
        report(plan.conflicts, WheelConflicts.find(plan, wheels))
        try requireLimit(changes)
        var summary = ImageSummary(
            prefix: prefix.path, packages: changes.changes.count + changes.untouched, bytes: changes.bytes)
        if options.isDryRun { return summary }
        if let text = PostLinkNote.text(changes.postLinkPackages) { reporter.warn("\(text) not run: an image is made") }
        var settings = Installer.Options(umask: 0o022, origin: FinalPrefix.unknownPack)
        settings.verifiesPackages = options.verifiesPackages
        settings.isStrict = options.isStrict
        settings.followsOriginal = options.followsOriginal
        settings.budget = DecodingBudget(total: options.maximumSize)
        settings.requested = manifest.contents?.requested
        if manifest.contents != nil {
            let identity = try EnvironmentIdentity(of: opened, options)
            settings.identity = (identity.key, identity.signature)
        }
        let date = Self.date(of: plan)
        settings.date = date
        let byteCode = try self.byteCode(plan, changes, manifest.platform)
        // Compressing a SquashFS takes more than eight times what decoding takes, and what has been decoded waits for
        // it.
        let decoders = image.target.isSquashFS ? WorkerPool(width: pool.width / 8) : pool
        let installer = Installer(plan, options: settings, pool: decoders, reporter: reporter)
        let environment = ImagedEnvironment(
            prefix: prefix, platform: manifest.platform, date: date, activation: options.activation)
        summary.digest = try ImageWriting(
            image, of: environment, threads: pool.width, network: options.network, reporter: reporter
        ).write { output, companions in
            try installer.install(into: output, changes, compiling: byteCode, companions: companions)
        }
        return summary
    }

    /// What compiles the modules, if that is wanted and the environment's Python runs here.
    private func byteCode(
        _ plan: InstallPlan, _ changes: EnvironmentChanges, _ platform: Platform
    ) throws -> ImageByteCode? {
        guard let mode = options.byteCode else { return nil }
        guard platform == .current else {
            reporter.warn(
                "modules are not compiled: the environment's Python is for '\(platform.rawValue)' and does not run here"
            )
            return nil
        }
        return try ImageByteCode(
            plan, changes, mode: mode, in: ProcessEnvironment.current.largeTemporaryFolder)
    }

    /// The time of an image: `SOURCE_DATE_EPOCH`, else that of the newest package.
    private static func date(of plan: InstallPlan) -> Int64 {
        if let date = SBOMFile.sourceDateEpoch, date >= 0 { return date }
        return plan.newestTime ?? 315_532_800
    }
}
