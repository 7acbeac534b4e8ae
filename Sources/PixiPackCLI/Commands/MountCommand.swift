import ArgumentParser
import Packing
import Support

/// `pixi-unpack mount PACK [DIR]`.
struct MountCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "mount",
        _superCommandName: "pixi-unpack",
        abstract: "Mount the image in a self-extracting pack.",
        discussion: """
            Of a pack made with --create-executable --squashfs: by squashfuse, or for root by the kernel. The environment \
            works at the path it was made for, which is taken unless another folder is named. It stays until it is \
            unmounted; how is said.
            """)

    @Argument(help: ArgumentHelp("The self-extracting pack."))
    var packFile: PathArgument

    @Argument(help: ArgumentHelp("Where; made if it is not there.", valueName: "dir"))
    var folder: PathArgument?

    @OptionGroup var trust: TrustOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let source = PackSource(argument: packFile.path)
        guard case .path(let path) = source else {
            throw ValidationError("only a file can be mounted; fetch it first: pixi-unpack fetch \(packFile.path)")
        }
        let pack = try source.open(spoolingTo: ".", trust: trust.load(), reporter: console.reporter)
        pack.reportSignature(console.reporter)
        guard let mount = ImageMount(of: pack, reporter: console.reporter) else {
            throw Failure(
                "'\(path)' holds packages, no image that could be mounted",
                remedy: "Unpack it, or make one with 'pixi-pack --create-executable --squashfs'.")
        }
        let mounted = try mount.mount(at: folder?.path)
        if mounted.place != mount.prefix {
            console.reporter.warn(
                "the environment is for '\(mount.prefix)': what names that path does not work at '\(mounted.place)'; "
                    + "mount it without naming a folder")
        }
        console.reporter.note(
            "Mounted at '\(mounted.place)'. Next: eval \"$(sh \(ShellWord.quoted(mount.pack)) shell-hook -e "
                + "\(ShellWord.quoted(mounted.place)))\". To unmount it: \(mounted.unmounting)")
    }
}
