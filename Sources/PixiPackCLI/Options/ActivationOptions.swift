import ArgumentParser
import Install
import Packing

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

    func validate() throws {
        // Their files name the place of the environment.
        let fixed = ["--modulefile", "--jupyter-kernel"]
        if relocatableActivation, let option = givenOptions().first(where: fixed.contains) {
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
