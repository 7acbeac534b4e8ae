import ArgumentParser
import CondaModel
import Fetch
import Install
import Inventory
import OCI
import Packing
import Support

/// Where the pack goes, and in which form (docs/spec/lock.md#output, #self-extracting).
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The pack; - is standard output.",
            discussion: """
                By default environment.tar; environment with --directory-only; environment.sh or, for Windows, \
                environment.ps1 with --create-executable. A name that ends in .tar.zst, .tar.gz, .tar.xz or .tar.bz2 \
                makes a compressed pack. Of several packs, the folder they go to. oci://REGISTRY/REPOSITORY:TAG pushes to \
                a registry, oci:DIR:TAG writes a layout that skopeo copies; several packs become one tag.
                """,
            valueName: "file"))
    var outputFile: PathArgument?

    @Flag(help: "Write a folder instead of an archive.")
    var directoryOnly = false

    @Flag(
        help: ArgumentHelp(
            "Write a program that unpacks itself.",
            discussion: "It needs nothing but a shell, and takes the options of pixi-unpack."))
    var createExecutable = false

    @Option(
        defaultAsFlag: .usual,
        help: ArgumentHelp(
            "Put the environment into the program as a SquashFS.",
            discussion: """
                It is mounted (by squashfuse, or for root by the kernel) instead of unpacked, where that can be done. For \
                Linux; made by sqfstar of squashfs-tools. The environment is for a path in /tmp unless one is given: \
                --squashfs=/opt/app.
                """,
            valueName: "prefix"))
    var squashfs: SquashFSPrefix?

    @Option(
        help: ArgumentHelp(
            "The pixi-unpack to put into the program.",
            discussion:
                "For this platform it is this program itself; for another one pixi-unpack-PLATFORM beside it or in"
                + " $PIXI_PACK_RUNTIME_DIR.",
            valueName: "path|url"))
    var pixiUnpackSource: PathArgument?

    @Option(help: ArgumentHelp("The SHA-256 that this pixi-unpack must have.", valueName: "hex"))
    var pixiUnpackSha256: DigestArgument?

    @Flag(
        help: ArgumentHelp(
            "Compress the pixi-unpack inside the program.",
            discussion: "Smaller, starts later, and needs gzip where it is run."))
    var compressRuntime = false

    @Option(
        help: ArgumentHelp(
            "Write a bill of materials beside the pack.",
            discussion: """
                cyclonedx is CycloneDX 1.6, spdx is SPDX 2.3, both JSON. May be repeated. The file is called like the \
                pack, with .cdx.json or .spdx.json, unless one is named. Of a bundle, one of each environment.
                """,
            valueName: "format[=file]"))
    var sbom: [SBOMArgument] = []

    @Option(
        help: ArgumentHelp(
            "Write a delta: only what this pack lacks.",
            discussion: """
                The pack, a reference to it, or its list of packages ('pixi-unpack inspect --json'). The delta is unpacked into an \
                environment made from this pack, or with --base.
                """,
            valueName: "pack"))
    var base: PathArgument?

    /// The packages that --base names.
    ///
    /// - Parameter target: of a bundle, the environment that counts.
    func baseInventory(_ target: PackTarget, _ network: FetchSettings) throws -> Inventory? {
        guard let base else { return nil }
        return try describing("could not read the base '\(base.path)'") {
            let pack = try inspected(base, network)
            if pack.inventories.count == 1 { return try pack.only() }
            if let found = OutputOptions.environment(for: target, in: pack) { return found }
            throw Failure(
                "it holds no environment '\(target.environment)' for \(target.platform); it holds \(pack.titles)",
                remedy: "Name the environment with -e and the platform with -p, or another base.")
        }
    }

    /// What --base has of the environments of a bundle; those it lacks are packed whole.
    ///
    /// - Throws: `Failure` if it has none of them.
    func bundleBases(_ targets: [PackTarget], _ network: FetchSettings) throws -> [PackTarget: Inventory] {
        guard let base else { return [:] }
        return try describing("could not read the base '\(base.path)'") {
            let pack = try inspected(base, network)
            var found: [PackTarget: Inventory] = [:]
            for target in targets { found[target] = OutputOptions.environment(for: target, in: pack) }
            if found.isEmpty {
                throw Failure(
                    "it has none of the environments of the bundle; it holds \(pack.titles)",
                    remedy: "Name another base, or leave --base out.")
            }
            return found
        }
    }

    private func inspected(_ base: PathArgument, _ network: FetchSettings) throws -> InspectedPack {
        let source = base.isStandardStream ? PackSource.path(base.path) : PackSource(argument: base.path)
        return try InspectedPack(source, inventory: PackInventory(readsSizes: false), network: network)
    }

    /// A registry or layout as the place of the pack.
    var reference: OCIReference? {
        get throws { try outputFile.flatMap { try OCIReference(argument: $0.path) } }
    }

    private func validateReference() throws {
        let found: OCIReference?
        do { found = try reference } catch { throw ValidationError("\((error as? Failure)?.message ?? "\(error)")") }
        guard let found else { return }
        let options = [
            ("--directory-only", directoryOnly), ("--create-executable", createExecutable), ("--sbom", !sbom.isEmpty),
        ]
        if let option = options.first(where: \.1)?.0 {
            throw ValidationError("\(option) and a pack in a registry or layout cannot be used together")
        }
        if found.tag == nil || found.digest != nil {
            throw ValidationError("a pack is pushed under a tag: \(found.description):1.0")
        }
    }

    /// The environment of the target's name: for its platform, or the only one if a lock file has named the platform.
    private static func environment(for target: PackTarget, in pack: InspectedPack) -> Inventory? {
        let named = pack.inventories.filter { $0.environment?.utf8.elementsEqual(target.environment.utf8) ?? false }
        if let exact = named.first(where: { $0.platform.rawValue.utf8.elementsEqual(target.platform.utf8) }) {
            return exact
        }
        let isSubdir = (try? Platform(parsing: target.platform)) != nil
        return named.count == 1 && !isSubdir ? named.first : nil
    }

    func validate() throws {
        try validateReference()
        if !sbom.isEmpty, !directoryOnly, outputFile?.isStandardStream == true {
            throw ValidationError("--sbom needs a pack that is a file or folder, not standard output")
        }
        if createExecutable && directoryOnly {
            throw ValidationError("--create-executable and --directory-only cannot be used together")
        }
        if !directoryOnly, let path = outputFile?.path, !path.hasPrefix("oci:"),
            let ending = PackOutput.misleadingEnding(of: path, isProgram: createExecutable)
        {
            throw ValidationError(
                createExecutable
                    ? "a self-extracting pack is not called '\(ending)'; name it .sh, .ps1 or .bat"
                    : "a pack is not called '\(ending)'; name it .tar, .tar.zst, .tar.gz, .tar.xz or .tar.bz2")
        }
        let dependent = [
            ("--pixi-unpack-source", pixiUnpackSource != nil), ("--pixi-unpack-sha256", pixiUnpackSha256 != nil),
            ("--compress-runtime", compressRuntime), ("--squashfs", squashfs != nil),
        ]
        if !createExecutable, let option = dependent.first(where: \.1)?.0 {
            throw ValidationError("\(option) is for --create-executable only")
        }
        guard squashfs != nil else { return }
        if base != nil { throw ValidationError("--squashfs and --base cannot be used together") }
        if outputFile?.isStandardStream == true {
            throw ValidationError("--squashfs needs a file: sqfstar cannot write to standard output")
        }
    }

    /// What makes the image of a self-extracting pack.
    func executableImage() throws -> ExecutableImage? {
        try squashfs.map { prefix in
            guard case .named(let path) = prefix else { return ExecutableImage() }
            return ExecutableImage(prefix: try FinalPrefix(named: path))
        }
    }

    var output: PackOutput {
        if createExecutable {
            var source = RuntimeSource(name: pixiUnpackSource?.path, sha256: pixiUnpackSha256?.digest)
            source.isCompressed = compressRuntime
            return .executable(outputFile?.path, source)
        }
        if let reference = (try? reference) ?? nil { return .reference(reference) }
        return .named(outputFile?.path, directoryOnly: directoryOnly)
    }
}

/// The value of `--sbom`: `cyclonedx`, `spdx`, or one of them with `=` and a file.
struct SBOMArgument: ExpressibleByArgument {
    let file: SBOMFile

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let word = parts.first, let format = BillOfMaterials.Format(rawValue: String(word)) else { return nil }
        if parts.count == 2, parts[1].isEmpty { return nil }
        file = SBOMFile(format: format, path: parts.count == 2 ? RawArguments.bytes(of: String(parts[1])) : nil)
    }

    static var allValueStrings: [String] { BillOfMaterials.Format.allCases.map(\.rawValue) }
}

/// A format of bills of materials on the command line.
extension BillOfMaterials.Format: ExpressibleByArgument {}

/// A SHA-256 on the command line.
struct DigestArgument: ExpressibleByArgument {
    let digest: SHA256Digest

    init?(argument: String) {
        guard let digest = SHA256Digest(hex: argument) else { return nil }
        self.digest = digest
    }
}
