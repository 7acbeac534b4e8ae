import Support

/// A script that activates an environment and defines `deactivate`, which restores the previous state. Its text is our
/// own, unlike that of `ActivationScript`: values are quoted in every shell, and it finds an environment that was moved
/// together with the script.
public struct ReversibleActivation: Sendable {
    let shell: Shell
    /// The whole file.
    public let bytes: [UInt8]

    /// The file's name in the output directory.
    public var fileName: ByteString { ByteString("activate.\(shell.fileExtension)") }

    /// The shells that get a script of their own; bash and zsh read the same one.
    public static let shells: [Shell] = [.bash, .csh, .fish, .xonsh, .cmd, .powershell, .nushell]

    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - folder: the absolute path of the folder the script is in, if the script shall find the environment relative
    ///     to itself; nil if the environment stays at `prefix`.
    ///   - sources: what its packages contribute, read from where the environment is now.
    /// - Throws: `Failure` if the environment does not lie below the folder.
    public init(shell: Shell, prefix: ByteString, movingWith folder: ByteString?, sources: ActivationSources) throws {
        self.shell = shell
        let relative = try folder.map { try Self.requireBelow($0, prefix: prefix) }
        let parts = Parts(shell: shell, prefix: prefix, relative: relative, sources: sources)
        let text =
            switch shell {
            case .bash, .zsh: PosixActivation(parts).text
            case .csh: CshActivation(parts).text
            case .fish: FishActivation(parts).text
            case .xonsh: XonshActivation(parts).text
            case .cmd: CmdActivation(parts).text
            case .powershell: PowerShellActivation(parts).text
            case .nushell: NushellActivation(parts).text
            }
        bytes = text.bytes
    }

    /// The path from a folder to an environment below it.
    ///
    /// - Throws: `Failure` if the environment does not lie below the folder.
    @discardableResult
    public static func requireBelow(_ folder: ByteString, prefix: ByteString) throws -> RelativePath {
        let (base, path) = (lexicallyResolved(folder), lexicallyResolved(prefix))
        let start = base == "/" ? base : base + "/"
        guard path.hasPrefix(start), path != base else {
            throw Failure(
                "the environment '\(prefix)' does not lie below '\(folder)', where its activation script goes, so "
                    + "the two cannot be moved together",
                remedy: "Leave --relocatable-activation out, or choose an environment name without '..'.")
        }
        return try RelativePath(ByteString(path.bytes.dropFirst(start.count)))
    }

    /// What the scripts of all shells are made from.
    struct Parts {
        /// Absolute.
        let prefix: ByteString
        /// The path from the script's folder to the environment if they may be moved together.
        let relative: RelativePath?
        /// The variables to set besides `PATH`, `CONDA_SHLVL` and `CONDA_PREFIX`.
        let variables: [Variable]
        /// Relative to the environment.
        let activation: [ByteString]
        let deactivation: [ByteString]

        /// A variable whose value may contain the path of the environment.
        struct Variable {
            let name: ByteString
            let value: ByteString
            /// The value, cut wherever the environment's path occurs; a single piece if the path never changes.
            let pieces: [ByteString]
        }

        init(shell: Shell, prefix: ByteString, relative: RelativePath?, sources: ActivationSources) {
            self.prefix = prefix
            self.relative = relative
            // A POSIX shell can only set variables whose names are identifiers; no package is known to have others.
            variables = sources.variables.filter { Parts.isIdentifier($0.name) }.map { variable in
                let pieces = relative == nil ? [variable.value] : Parts.split(variable.value, at: prefix)
                return Variable(name: variable.name, value: variable.value, pieces: pieces)
            }
            activation = sources.activationScripts(for: shell).map { "etc/conda/activate.d/" + $0 }
            deactivation = sources.deactivationScripts(for: shell).map { "etc/conda/deactivate.d/" + $0 }
        }

        /// The names of all variables that the script changes, in the order it sets them.
        var names: [ByteString] {
            let always: [ByteString] = ["PATH", "CONDA_SHLVL", "CONDA_PREFIX"]
            return always + variables.map(\.name).filter { !always.contains($0) }
        }

        private static func isIdentifier(_ name: ByteString) -> Bool {
            name.bytes.first.map { !isASCIIDigit($0) } ?? false
                && name.bytes.allSatisfy { isASCIILetter($0) || isASCIIDigit($0) || $0 == UInt8(ascii: "_") }
        }

        private static func split(_ value: ByteString, at prefix: ByteString) -> [ByteString] {
            var pieces: [ByteString] = []
            var position = 0
            for range in ByteSearch.ranges(of: prefix.bytes, in: value.bytes) {
                pieces.append(ByteString(value.bytes[position..<range.lowerBound]))
                position = range.upperBound
            }
            return pieces + [ByteString(value.bytes[position...])]
        }
    }
}

extension ByteString {
    /// The bytes with `escape` in front of each of `special`.
    func escaping(_ special: String, with escape: String) -> ByteString {
        let special = Array(special.utf8)
        return ByteString(bytes.flatMap { special.contains($0) ? Array(escape.utf8) + [$0] : [$0] })
    }

    /// The texts with `separator` between them.
    static func joined(_ texts: [ByteString], by separator: String) -> ByteString {
        ByteString(Array(texts.map(\.bytes).joined(separator: Array(separator.utf8))))
    }
}
