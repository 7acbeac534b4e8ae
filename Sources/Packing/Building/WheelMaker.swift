import Archive
import CondaModel
import Support

/// Makes wheels of sdists, git repositories and directories while packing (`--build-wheels`), with uv or pip, each build
/// in an environment of its own (PEP 517).
public struct WheelMaker: Sendable {
    /// What is to be built.
    public struct Source: Sendable {
        /// Where it lies now: a directory, or an sdist.
        public enum Place: Sendable {
            /// A file or a directory.
            case path(ByteString)
            case git(WebURL)
        }
        public let name: PyPIName
        public let place: Place
        /// For messages and metadata, without secrets.
        public let text: String

        public init(name: PyPIName, place: Place, text: String) {
            self.name = name
            self.place = place
            self.text = text
        }
    }

    /// The version of the pack's Python.
    public let python: WheelTags.Release
    /// Decides whether what came out can be used.
    let tags: WheelTags
    /// Shows the output of the build as it comes.
    var isVerbose = false
    /// `PATH`, where uv, Python and git are looked for.
    public var searchPath = environmentValue("PATH")
    public let reporter: any Reporter

    public init(tags: WheelTags, reporter: any Reporter) {
        python = tags.python
        self.tags = tags
        self.reporter = reporter
    }

    /// Builds one wheel and reads it like an injected one.
    ///
    /// - Throws: `Failure` naming the package; also if the wheel is compiled for a platform that is not the pack's.
    public func build(_ source: Source) throws -> (wheel: InjectedWheel, note: BuildNote) {
        reporter.note("🛠️ Building a wheel of \(source.name) from \(source.text)")
        return try describing(
            "could not build a wheel of \(source.name) (\(source.text))",
            remedy: "Build it elsewhere and give it with --inject FILE.whl; -v shows what the build says."
        ) {
            let scratch = try ScratchDirectory()
            defer { withExtendedLifetime(scratch) {} }
            let output = scratch.path.appending(path: "wheels")
            try Sys.mkdir(output)
            let place = try path(of: source, scratch)
            let command = try BuildTool.phase(of: source.name.text, isVerbose: isVerbose, reporter) {
                try run(place, scratch, output: output)
            }
            let names = try Sys.list(output).filter { $0.hasSuffix(".whl") }.sorted()
            guard let fileName = names.first, names.count == 1 else {
                throw Failure("the build left \(names.count) wheels instead of one")
            }
            let wheel = try InjectedWheel.read(output.appending(path: fileName), scratch: DecoderScratch())
            guard wheel.name.name == source.name else {
                throw Failure("the build made a wheel of another package: \(wheel.fileName)")
            }
            if let refusal = tags.refusal(of: wheel.name) {
                throw Failure(
                    "the wheel \(wheel.fileName) cannot be used in this pack: \(refusal)",
                    remedy: "Packages with compiled parts can only be built on \(tags.platform.rawValue) with Python "
                        + "\(python): build the wheel there and give it with --inject FILE.whl.")
            }
            return (
                wheel,
                BuildNote(
                    name: source.name.text, source: source.text, command: command, fileName: wheel.fileName,
                    sha256: wheel.sha256.hex)
            )
        }
    }

    private func path(of source: Source, _ scratch: ScratchDirectory) throws -> ByteString {
        switch source.place {
        case .path(let path): return path
        case .git(let url):
            guard let git = GitSource(url) else { throw Failure("'\(url.redacted)' is not a git repository") }
            guard let program = ExternalProgram.find("git", searchPath: searchPath) else {
                throw Failure("the program 'git' is not in PATH", remedy: "Install git where you pack.")
            }
            return try git.checkOut(
                into: scratch.path.appending(path: "source"),
                git: BuildTool(program: program, name: "git", isVerbose: isVerbose))
        }
    }

    /// uv brings the Python it needs; pip needs one, best of the pack's version.
    private func run(_ source: ByteString, _ scratch: ScratchDirectory, output: ByteString) throws -> String {
        let names = [(scratch.path, "TMP"), (source, "SOURCE")] as [(ByteString, ByteString)]
        if let uv = ExternalProgram.find("uv", searchPath: searchPath) {
            return try BuildTool(program: uv, name: "uv", isVerbose: isVerbose).run(
                [
                    "build", "--wheel", "--no-create-gitignore", "--out-dir", output, "--python",
                    ByteString("\(python)"),
                    "--", source,
                ], names: names)
        }
        for name in ["python\(python)", "python3", "python"] {
            guard let program = ExternalProgram.find(ByteString(name), searchPath: searchPath),
                try program.run(["-m", "pip", "--version"]).isSuccess
            else { continue }
            return try BuildTool(program: program, name: name, isVerbose: isVerbose).run(
                [
                    "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel", "--no-deps", "--wheel-dir",
                    output,
                    "--", source,
                ], names: names)
        }
        throw Failure(
            "neither 'uv' nor a Python with pip is in PATH",
            remedy:
                "Install uv (https://docs.astral.sh/uv) where you pack, or give a built wheel with --inject FILE.whl.")
    }
}
