import CondaModel
import Support

/// Writes lists that `ExplicitList` reads, in conda's form.
public enum ExplicitText {
    /// - Parameters:
    ///   - directory: the absolute path that relative paths of packages count from.
    ///   - producer: the program that writes the list.
    /// - Throws: `Failure` for a package that is locked as source, and so has no file.
    public static func render(
        _ packages: [LockedPackage], platform: Platform, directory: ByteString, producer: String
    ) throws -> [UInt8] {
        var text = """
            # This file may be used to create an environment using:
            # $ conda create --name <env> --file <this file>
            # platform: \(platform.rawValue)
            # created-by: \(producer)
            @EXPLICIT

            """
        var python = ""
        for package in packages {
            let url = ExplicitText.url(package.location, directory: directory)
            switch package {
            case .conda(let conda):
                // All versions of conda and mamba read MD5 digests.
                let hash = conda.record.md5.map { "#\($0.hex)" } ?? conda.record.sha256.map { "#sha256:\($0.hex)" }
                text += url + (hash ?? "") + "\n"
            case .condaSource(let source):
                throw Failure(
                    "'\(source.name)' is locked as source (\(source.location.redacted)), so there is no file to list",
                    remedy: "Pack the environment: pixi-pack builds it; or lock a built package.")
            case .pypi(let pypi):
                // As conda-lock writes them; for conda the line is a comment.
                python += "# pip \(pypi.name) @ \(url)" + (pypi.sha256.map { "#sha256=\($0.hex)" } ?? "") + "\n"
            }
        }
        return Array((text + python).utf8)
    }

    /// The URL without credentials, which conda leaves out of such lists as well.
    private static func url(_ location: PackageLocation, directory: ByteString) -> String {
        switch location {
        case .url(let url): url.withoutDirectPrefix.withoutCredentials
        case .path(let path): WebURL.file(directory.appending(path: path))
        }
    }
}
