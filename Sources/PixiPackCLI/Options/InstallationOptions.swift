import ArgumentParser
import Install
import Packing

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
        help: ArgumentHelp(
            "Do not verify packages by their hashes.",
            discussion: "Without this a package that is not as it was packed is refused."))
    var noVerify = false

    @Flag(
        help: ArgumentHelp(
            "Make an error of wheels that differ from their RECORD.",
            discussion: "By default their files are installed and recorded as they are, with a warning."))
    var strict = false

    @Flag(
        help: ArgumentHelp("Install wheels that do not fit, too.", discussion: "Those for another Python or platform."))
    var noWheelCheck = false

    /// What it was called before version 0.9.
    @Flag(help: .hidden)
    var skipHostCheck = false

    @Flag(
        help: ArgumentHelp(
            "Install what this machine cannot run, too.",
            discussion: "Packages that need a newer glibc, CUDA, another processor or platform."))
    var noHostCheck = false

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

    func apply(to options: inout UnpackOptions) {
        options.jobs = jobs?.count
        options.maximumSize = maxUnpackedSize?.bytes
        options.verifiesPackages = !noVerify
        options.isStrict = strict
        options.checksWheelTags = !noWheelCheck
        options.checksHost = !noHostCheck && !skipHostCheck
        options.isDryRun = dryRun
        options.repairs = repair
        options.followsOriginal = compat != nil
        if compat != nil { options.activation.form = .original }
        options.runsPostLink = runPostLink
        options.shortcuts = menus
        options.byteCode = compilePyc
    }
}

/// A way to compile Python modules, as Python calls it.
extension ByteCode.Mode: ExpressibleByArgument {}

extension Shortcuts.Mode: ExpressibleByArgument {}
