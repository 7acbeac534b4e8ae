import ArgumentParser

/// Which environment of a lock file, for which platform.
struct EnvironmentOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The environment.", valueName: "name"))
    var environment = "default"

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The platform, such as osx-arm64.", valueName: "subdir"))
    var platform = PlatformArgument(.current)
}
