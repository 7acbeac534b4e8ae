import Install
import LibC
import Support

/// Which files an unpacked environment gets that activate it: scripts, a modulefile, a kernel of Jupyter.
public struct ActivationFiles: Sendable, Equatable {
    /// One script each.
    public var shells: [Shell] = [.bash]
    /// Scripts that define `deactivate`, in place of the original's.
    public var isReversible = false
    /// Scripts that find the environment from their own place; reversible as well.
    public var isRelocatable = false
    /// Where a modulefile goes; in Lua if the name ends in `.lua`, else in Tcl. Nil: there is none.
    public var modulefile: ByteString?
    public var kernel: JupyterKernel?

    /// One file.
    struct Text {
        /// Absolute.
        let path: ByteString
        let bytes: [UInt8]
        /// Whether it is a script for a shell, which people are told of.
        var isScript = false
    }

    public init() {}

    /// - Throws: `Failure` if the environment and its scripts could not be moved together, or a file has no place.
    func check(prefix: ByteString, folder: ByteString) throws {
        if isRelocatable { try ReversibleActivation.requireBelow(folder, prefix: prefix) }
        if let modulefile, (try? Sys.isDirectory(modulefile)) == true {
            throw Failure(
                "the modulefile '\(modulefile)' is a folder",
                remedy: "Name a file in it, for example \(modulefile)/1.0.")
        }
    }

    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - place: where it is now.
    ///   - folder: the absolute path of the scripts' folder.
    func make(prefix: ByteString, at place: ByteString, folder: ByteString) throws -> [Text] {
        let sources = try ActivationSources(environmentAt: place)
        var files = try shells.map { shell in
            if isReversible || isRelocatable {
                let script = try ReversibleActivation(
                    shell: shell, prefix: prefix, movingWith: isRelocatable ? folder : nil, sources: sources)
                return Text(path: folder.appending(path: script.fileName), bytes: script.bytes, isScript: true)
            }
            let script = ActivationScript(shell: shell, prefix: prefix, sources: sources)
            return Text(path: folder.appending(path: script.fileName), bytes: script.bytes, isScript: true)
        }
        if let modulefile {
            let language: Modulefile.Language = modulefile.hasSuffix(".lua") ? .lua : .tcl
            let path = AbsolutePath.make(modulefile, current: try Unpacker.currentDirectory(for: [modulefile]))
            files.append(Text(path: path, bytes: Modulefile(language, prefix: prefix, sources: sources).bytes))
        }
        if let kernel {
            files += try kernel.files(prefix: prefix, at: place, sources: sources).map {
                Text(path: $0.path, bytes: $0.bytes)
            }
        }
        return files
    }
}
