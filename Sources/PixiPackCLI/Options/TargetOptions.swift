import ArgumentParser
import CondaModel
import Packing
import Support

/// Which environments of a lock file, for which platforms, and whether they become one file.
struct TargetOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: ArgumentHelp(
            "The environment; 'default' if none is named.", discussion: "May be repeated: one pack for each.",
            valueName: "name"))
    var environment: [String] = []

    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: ArgumentHelp(
            "The platform, such as osx-arm64; by default this one.",
            discussion: """
                A subdir of conda, or the name that a lock file of version 7 gives a platform. May be repeated: one \
                pack for each.
                """,
            valueName: "subdir"))
    var platform: [PlatformArgument] = []

    @Flag(
        help: ArgumentHelp(
            "Put all environments and platforms into one file.",
            discussion: """
                Packages that several of them have are stored once. 'pixi-unpack --environment NAME' picks one. The \
                original pixi-unpack does not read such a file.
                """))
    var bundle = false

    @Flag(
        help: ArgumentHelp(
            "Fail if the lock file lacks what the manifest asks for.",
            discussion: """
                An environment, a platform, a dependency, a channel. Without this it is a warning. Nothing is solved: \
                'pixi lock' writes the lock file.
                """))
    var locked = false

    @Option(
        help: ArgumentHelp(
            "Pack the environment installed in this folder.",
            discussion: """
                By its conda-meta; no lock file is needed. The packages are fetched again and verified; what was \
                changed by hand is reported and not packed.
                """,
            valueName: "dir"))
    var prefix: PathArgument?

    @Option(
        name: .customLong("index-url"), parsing: .singleValue,
        help: ArgumentHelp(
            "With --prefix: look for the wheels of an index here.",
            discussion: """
                For wheels that were installed from an index, instead of where $PIP_INDEX_URL, $UV_INDEX_URL or pixi's \
                configuration say. May be repeated.
                """,
            valueName: "url"))
    var indexURL: [String] = []

    @Option(
        name: .customLong("from-explicit"),
        help: ArgumentHelp(
            "Pack the files of a list.",
            discussion: """
                As 'conda list --explicit', conda-lock and 'pixi-pack list --explicit' write it: @EXPLICIT and one URL \
                a line. No lock file is needed; the platform is that of the URLs.
                """,
            valueName: "file"))
    var fromExplicit: PathArgument?

    /// Each environment for each platform, none twice.
    var all: [PackTarget] {
        var targets: [PackTarget] = []
        for environment in environment.isEmpty ? ["default"] : environment {
            for platform in platform.isEmpty ? [PlatformArgument(.current)] : platform {
                let target = PackTarget(environment: environment, platform: platform.rawValue)
                if !targets.contains(target) { targets.append(target) }
            }
        }
        return targets
    }

    func validate(_ output: OutputOptions, _ packages: AddedPackageOptions) throws {
        if locked, prefix != nil || fromExplicit != nil {
            throw ValidationError("--locked is for a workspace with a lock file")
        }
        if prefix == nil, !indexURL.isEmpty { throw ValidationError("--index-url goes with --prefix") }
        if prefix != nil, bundle || !environment.isEmpty || !platform.isEmpty {
            throw ValidationError("--prefix names one environment: -e, -p and --bundle cannot be used with it")
        }
        if fromExplicit != nil {
            if prefix != nil { throw ValidationError("--from-explicit and --prefix cannot be used together") }
            if bundle || !environment.isEmpty || platform.count > 1 {
                throw ValidationError(
                    "--from-explicit names one environment: -e, several -p and --bundle cannot be used with it")
            }
        }
        // In an environment on the disk there may also be packages of which nobody knows where they come from.
        if packages.buildWheels, packages.ignorePypiNonWheel, prefix == nil {
            throw ValidationError("--build-wheels and --ignore-pypi-non-wheel cannot be used together")
        }
        if packages.carryWorkspace {
            if prefix != nil || fromExplicit != nil {
                throw ValidationError("--carry-workspace is for a workspace with a lock file")
            }
            if packages.compat != nil {
                throw ValidationError("--carry-workspace and --compat original cannot be used together")
            }
        }
        if output.squashfs != nil, packages.compat != nil {
            throw ValidationError("--squashfs and --compat original cannot be used together")
        }
        if output.base != nil {
            if !bundle, all.count > 1 { throw ValidationError("--base is for one pack, or one --bundle") }
            if packages.compat != nil {
                throw ValidationError("--base and --compat original cannot be used together")
            }
        }
        if output.sbom.contains(where: { $0.file.path != nil }), all.count > 1 {
            throw ValidationError(
                bundle
                    ? "--sbom with a file name is for one environment; without one each environment has its own"
                    : "--sbom with a file name is for one pack; without one each pack has its own")
        }
        if bundle {
            if output.directoryOnly {
                throw ValidationError("--bundle and --directory-only cannot be used together")
            }
            if output.createExecutable {
                throw ValidationError("--bundle and --create-executable cannot be used together")
            }
            if packages.compat != nil {
                throw ValidationError("--bundle and --compat original cannot be used together")
            }
        } else if all.count > 1, output.outputFile?.isStandardStream == true, !output.directoryOnly {
            throw ValidationError("several packs cannot be written to standard output; --bundle makes one of them")
        }
    }

    /// With `--prefix` and `--from-explicit` there is no workspace whose activation could be packed.
    func apply(to request: inout PackRequest) throws {
        request.isLocked = locked
        if let fromExplicit {
            request.explicit = (fromExplicit.path, platform.first?.rawValue)
            request.carriesActivation = false
        }
        guard let prefix else { return }
        if !indexURL.isEmpty { request.indexes = try indexURL.map { try WebURL($0) } }
        request.prefix = prefix.path
        request.carriesActivation = false
    }
}
