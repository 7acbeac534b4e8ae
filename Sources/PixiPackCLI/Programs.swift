import ArgumentParser

/// `pixi-pack` as a whole, for its help and completion; see `Invocation` for who reads the arguments.
struct PackProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixi-pack",
        abstract: "Pack the environment of a pixi workspace into one file that unpacks anywhere.",
        discussion: """
            Reads pixi.lock, fetches its packages and writes them into one archive; pixi-unpack makes the environment \
            from it on a machine that needs neither network nor conda. A file or folder that is called like one of \
            the commands below is written with ./ in front.
            """,
        subcommands: [
            PackCommand.self, UnpackCommand.self, ListCommand.self, InspectCommand.self, VerifyCommand.self,
            ConfigCommand.self, KeygenCommand.self, CacheCommand.self, CompletionCommand<PackProgram>.self,
            ManualCommand<PackProgram>.self, LicensesCommand<PackProgram>.self,
        ])

    @OptionGroup var options: PackArguments
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions
}

/// `pixi-unpack` as a whole.
struct UnpackProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixi-unpack",
        abstract: "Make an environment from a pack, without network, conda or Python.",
        discussion: """
            The environment appears in env/, whole or not at all, with a script activate.sh that activates it. An \
            environment that is there is updated: packages that did not change stay untouched, and so do your own files.
            """,
        subcommands: [
            RunCommand.self, ShellHookCommand.self, InspectCommand.self, VerifyCommand.self, FetchCommand.self,
            RelocateCommand.self, MountCommand.self,
            CompletionCommand<UnpackProgram>.self, ManualCommand<UnpackProgram>.self,
            LicensesCommand<UnpackProgram>.self,
        ])

    @OptionGroup var options: UnpackOptionsGroup
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions
}
