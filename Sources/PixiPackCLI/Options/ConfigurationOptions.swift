import ArgumentParser
import Fetch
import Support

/// Which configuration files are read.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: ArgumentHelp(
            "Read settings from this file, too.",
            discussion: "It wins over pixi's own files, which are read as well. May be repeated.", valueName: "file"))
    var config: [PathArgument] = []

    @Flag(help: "Do not read pixi's own configuration files.")
    var noConfig = false

    func files(manifest: ByteString) -> ConfigurationFiles {
        var files = ConfigurationFiles()
        files.explicit = config.map(\.path)
        files.isDiscovering = !noConfig
        let isDirectory = (try? Sys.isDirectory(manifest)) ?? false
        files.workspace = isDirectory ? manifest : manifest.parentPath
        if !isDirectory {
            files.manifest = manifest
        } else {
            let names: [ByteString] = ["pixi.toml", "pyproject.toml"]
            files.manifest = names.map { manifest.appending(path: $0) }.first { (try? Sys.exists($0)) ?? false }
        }
        return files
    }
}
