import Install
import LibC
import Support

/// Which files an unpacked environment gets that activate it: scripts, a modulefile, a kernel of Jupyter.
public struct ActivationFiles: Sendable, Equatable {
    /// One script each.
    public var shells: [Shell] = [.bash]
    /// Of scripts without `deactivate`. Who names a shell gets the original's text for it.
    public var form = ActivationScript.Form.guarded
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
    func check(place: ByteString, folder: ByteString) throws {
        if isRelocatable { try ReversibleActivation.requireBelow(folder, prefix: place) }
        if let modulefile, (try? Sys.isDirectory(modulefile)) == true {
            throw Failure(
                "the modulefile '\(modulefile)' is a folder",
                remedy: "Name a file in it, for example \(modulefile)/1.0.")
        }
    }

    /// The scripts alone, for an environment that is nowhere yet: their names and texts.
    func scripts(
        prefix: ByteString, _ sources: ActivationSources
    ) throws -> [(name: ByteString, bytes: [UInt8])] {
        try shells.map { shell in
            if isReversible {
                let script = try ReversibleActivation(shell: shell, prefix: prefix, movingWith: nil, sources: sources)
                return (script.fileName, script.bytes)
            }
            let script = ActivationScript(shell: shell, prefix: prefix, sources: sources, form: form)
            return (script.fileName, script.bytes)
        }
    }

    /// - Parameter place: where the environment is now, perhaps under a hidden name.
    func make(for target: UnpackTarget, at place: ByteString) throws -> [Text] {
        let (prefix, folder) = (target.prefix.path, target.folder)
        let sources = try ActivationSources(environmentAt: place)
        var files = try shells.map { shell in
            if isReversible || isRelocatable {
                let script = try ReversibleActivation(
                    shell: shell, prefix: isRelocatable ? target.place : prefix,
                    movingWith: isRelocatable ? folder : nil,
                    sources: sources)
                return Text(path: folder.appending(path: script.fileName), bytes: script.bytes, isScript: true)
            }
            let script = ActivationScript(shell: shell, prefix: prefix, sources: sources, form: form)
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
