import ArgumentParser

/// How a command that takes a while shows where it is.
struct ProgressOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Write the progress as JSON, one object a line.",
            discussion: "Messages become objects, too; all of it goes to standard error."))
    var jsonProgress = false
}
