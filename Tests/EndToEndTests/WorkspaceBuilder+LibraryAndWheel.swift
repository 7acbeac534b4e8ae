import Support
import TestKit

extension WorkspaceBuilder {
    /// Adds a package for any platform with `share/library`, and a wheel with the module `greet`.
    mutating func addLibraryAndWheel() throws {
        var library = CondaBuilder("library", noarch: "generic")
        library.file("share/library", "library")
        try conda("library-1.0-0.tar.bz2", library.tarBz2(), subdir: "noarch")
        var greet = WheelBuilder("greet")
        greet.add("greet/__init__.py", "hello = 1\n")
        let archive = greet.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }
        try wheel(greet.fileName, archive, name: "greet")
    }
}
