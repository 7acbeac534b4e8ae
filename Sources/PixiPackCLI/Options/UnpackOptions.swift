import ArgumentParser
import Install
import Packing
import Support

/// Where an environment appears.
struct PlaceOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Where env/ and activate.sh appear; by default here.",
            discussion: "The folder is made if it is not there.", valueName: "dir"))
    var outputDirectory: PathArgument?

    @Option(
        name: [.customShort("e"), .long], help: ArgumentHelp("The name of the environment's folder.", valueName: "name")
    )
    var envName = NameArgument("env")

    @Option(
        help: ArgumentHelp(
            "Make a workspace of pixi there, with the environment.",
            discussion: """
                Of a pack made with --carry-workspace: manifest, lock file and .pixi, so that pixi run --frozen and \
                pixi shell go on without network. In place of --output-directory and activation scripts.
                """,
            valueName: "dir"))
    var asWorkspace: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Where the environment will be used, if not here.",
            discussion: """
                Files and scripts name this path; the environment still appears in --output-directory. It may be for \
                another machine or platform.
                """,
            valueName: "path"))
    var prefix: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Which environment of a bundle.",
            discussion: "By default the only one for this platform, or the one called default.", valueName: "name"))
    var environment: String?

    @Option(
        help: ArgumentHelp(
            "For a delta pack: the pack it was made from.",
            discussion: "Without it the environment that is there must have been made from that pack.",
            valueName: "pack"))
    var base: PathArgument?

    @Flag(
        help: ArgumentHelp(
            "Replace the environment that is there.",
            discussion: """
                As a whole, once the new one is complete. Without this an environment is updated in place. Any other \
                folder that is not empty is an error, also with this.
                """))
    var force = false

    @Flag(
        name: .customLong("no-wait"),
        help: ArgumentHelp(
            "Fail when another pixi-unpack is at work there.",
            discussion: "Without this it is waited for; nothing is left to do then if it unpacks the same pack."))
    var noWait = false

    @Flag(
        help: ArgumentHelp(
            "Go on with an environment of another user.",
            discussion: "Without this only one that belongs to you or to root is updated or used."))
    var trustOwner = false

    static let outputDirectoryName = "--output-directory"

    /// The options that were given and change something.
    var given: [String] {
        (outputDirectory == nil ? [] : [Self.outputDirectoryName]) + (envName.path == "env" ? [] : ["--env-name"])
            + (asWorkspace == nil ? [] : ["--as-workspace"])
            + (prefix == nil ? [] : ["--prefix"])
            + (environment == nil ? [] : ["--environment"]) + (base == nil ? [] : ["--base"])
            + (force ? ["--force"] : []) + (noWait ? ["--no-wait"] : []) + (trustOwner ? ["--trust-owner"] : [])
    }

    func apply(to options: inout UnpackOptions) throws {
        options.prefix = try prefix.map { try FinalPrefix(named: $0.path) }
        options.outputDirectory = outputDirectory?.path ?? "."
        options.workspace = asWorkspace?.path
        options.environmentName = envName.path
        options.environment = environment
        options.base = base?.path
        options.force = force
        options.waits = !noWait
        options.trustsOwner = trustOwner
    }
}

/// Which activation scripts are written.
struct ActivationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The shell the activation script is for (default: bash).",
            discussion: "all writes a script for every shell; these define 'deactivate'.", valueName: "shell"))
    var shell: ShellArgument?

    @Flag(
        help: ArgumentHelp(
            "Let environment and script be moved together.",
            discussion: "The script finds the environment from its own place, and defines 'deactivate'."))
    var relocatableActivation = false

    @Option(
        help: ArgumentHelp(
            "Write a modulefile, too, for 'module load'.",
            discussion: "In Lua if the name ends in .lua, else in Tcl; folders that are missing are made.",
            valueName: "file"))
    var modulefile: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Make the environment a kernel of Jupyter.",
            discussion: """
                The kernel it brings (ipykernel or another), started in the activated environment, among the kernels \
                of JUPYTER_DATA_DIR, or your own.
                """,
            valueName: "name"))
    var jupyterKernel: String?

    /// The options that were given and change something.
    var given: [String] { scripts + fixed }

    /// Those about scripts.
    var scripts: [String] {
        (shell == nil || shell == .one(.bash) ? [] : ["--shell"])
            + (relocatableActivation ? ["--relocatable-activation"] : [])
    }

    /// Options whose files name the place of the environment.
    var fixed: [String] {
        (modulefile == nil ? [] : ["--modulefile"]) + (jupyterKernel == nil ? [] : ["--jupyter-kernel"])
    }

    func validate() throws {
        if relocatableActivation, let option = fixed.first {
            throw ValidationError("\(option) and --relocatable-activation cannot be used together")
        }
        if modulefile?.isStandardStream == true { throw ValidationError("--modulefile needs the name of a file") }
    }

    func apply(to options: inout UnpackOptions) throws {
        options.activation.modulefile = modulefile?.path
        options.activation.kernel = try jupyterKernel.map { try JupyterKernel(named: $0, in: JupyterFolder.kernels()) }
        switch shell {
        case nil: break
        case .one(let shell):
            options.activation.shells = [shell]
            options.activation.form = .original
        case .all:
            options.activation.shells = ReversibleActivation.shells
            options.activation.isReversible = true
        }
        options.activation.isRelocatable = relocatableActivation
    }
}

/// How packages are installed.
struct InstallationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many packages to unpack at a time.",
            discussion: "By default one for each CPU, or up to 16 where each file waits for a server.", valueName: "n"))
    var jobs: WorkerCount?

    @Option(
        help: ArgumentHelp(
            "The most the pack may unpack to.",
            discussion: """
                In bytes, or with K, M or G behind the number. By default a package may unpack to 256 MB, or to a \
                thousand times its size if that is more.
                """,
            valueName: "size"))
    var maxUnpackedSize: ByteCountArgument?

    @Flag(
        name: .customLong("no-verify"),
        help: ArgumentHelp(
            "Do not verify packages by their hashes.",
            discussion: "Without this a package that is not as it was packed is refused."))
    var skipsVerification = false

    @Flag(
        help: ArgumentHelp(
            "Make an error of wheels that differ from their RECORD.",
            discussion: "By default their files are installed and recorded as they are, with a warning."))
    var strict = false

    @Flag(
        name: .customLong("no-wheel-check"),
        help: ArgumentHelp("Install wheels that do not fit, too.", discussion: "Those for another Python or platform."))
    var skipsWheelCheck = false

    /// What it was called before version 0.9.
    @Flag(name: .customLong("skip-host-check"), help: .hidden)
    var skipsHostCheckAsBefore = false

    @Flag(
        name: .customLong("no-host-check"),
        help: ArgumentHelp(
            "Install what this machine cannot run, too.",
            discussion: "Packages that need a newer glibc, CUDA, another processor or platform."))
    var skipsHostCheck = false

    @Option(
        help: ArgumentHelp(
            "How much an environment is the original's.",
            discussion: "original adapts files to their place exactly as the original pixi-unpack does.",
            valueName: "mode"))
    var compat: AddedPackageOptions.Compatibility?

    @Flag(
        help: ArgumentHelp(
            "Run the post-link scripts of packages.",
            discussion: """
                As conda does, in the activated environment; they can do anything. Without this they are counted and \
                named.
                """))
    var runPostLink = false

    @Option(
        defaultAsFlag: .make,
        help: ArgumentHelp(
            "Make shortcuts of what packages describe, or remove them.",
            discussion: """
                Among your applications, of Menu/*.json (Linux only). Updates keep them in step; remove takes them \
                away. The mode is make unless given.
                """,
            valueName: "mode"))
    var menus: Shortcuts.Mode?

    @Option(
        defaultAsFlag: .timestamp,
        help: ArgumentHelp(
            "Compile Python modules to byte code.",
            discussion: "By the environment's own Python, if it runs here. The mode is timestamp unless given.",
            valueName: "mode"))
    var compilePyc: ByteCode.Mode?

    @Flag(
        help: ArgumentHelp(
            "Write damaged and missing files again.",
            discussion: """
                In place: every file of the environment is compared with the records, and what differs comes from the \
                pack. Without this a package that stays is not looked at.
                """))
    var repair = false

    @Flag(
        help: ArgumentHelp(
            "Say what would change, and change nothing.",
            discussion: "One line for each package that would be installed, replaced or removed."))
    var dryRun = false

    @Flag(help: ArgumentHelp("Print the result as JSON.", discussion: "With --dry-run and --verify, too."))
    var json = false

    /// The options that were given and change something.
    var given: [String] {
        (jobs == nil ? [] : ["--jobs"]) + (maxUnpackedSize == nil ? [] : ["--max-unpacked-size"])
            + (skipsVerification ? ["--no-verify"] : []) + (strict ? ["--strict"] : [])
            + (skipsWheelCheck ? ["--no-wheel-check"] : [])
            + (skipsHostCheck || skipsHostCheckAsBefore ? ["--no-host-check"] : [])
            + (compat == nil ? [] : ["--compat"]) + (runPostLink ? ["--run-post-link"] : [])
            + (menus == nil ? [] : ["--menus"]) + (compilePyc == nil ? [] : ["--compile-pyc"])
            + (repair ? ["--repair"] : [])
            + (dryRun ? ["--dry-run"] : [])
    }

    func apply(to options: inout UnpackOptions) {
        options.jobs = jobs?.count
        options.maximumSize = maxUnpackedSize?.bytes
        options.verifiesPackages = !skipsVerification
        options.isStrict = strict
        options.checksWheelTags = !skipsWheelCheck
        options.checksHost = !skipsHostCheck && !skipsHostCheckAsBefore
        options.isDryRun = dryRun
        options.repairs = repair
        options.isOriginals = compat != nil
        options.runsPostLink = runPostLink
        options.shortcuts = menus
        options.byteCode = compilePyc
    }
}

/// What can be done with a pack instead of installing it.
struct TaskOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Put this pixi-unpack into a folder.",
            discussion: """
                Without unpacking anything: so that what came with a self-extracting pack is there for updates, \
                'verify --env' and 'run'.
                """,
            valueName: "dir"))
    var installUnpacker: PathArgument?

    @Flag(help: ArgumentHelp("Verify the pack.", discussion: "Its length and hashes; as the command verify does."))
    var verify = false

    @Option(
        help: ArgumentHelp("Write the pack's plain tar; - is standard output.", valueName: "file"))
    var extractTar: PathArgument?
}
