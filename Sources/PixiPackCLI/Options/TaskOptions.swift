import ArgumentParser

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
