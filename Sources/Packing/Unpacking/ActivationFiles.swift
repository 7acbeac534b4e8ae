import Install
import Support

/// Which activation scripts an unpacked environment gets.
public struct ActivationFiles: Sendable, Equatable {
    /// One script each.
    public var shells: [Shell] = [.bash]
    /// Scripts that define `deactivate`, in place of the original's.
    public var isReversible = false
    /// Scripts that find the environment from their own place; reversible as well.
    public var isRelocatable = false

    public init() {}

    /// - Throws: `Failure` if the environment and its scripts could not be moved together.
    func check(prefix: ByteString, folder: ByteString) throws {
        if isRelocatable { try ReversibleActivation.requireBelow(folder, prefix: prefix) }
    }

    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - folder: the absolute path of the scripts' folder.
    func make(
        prefix: ByteString, folder: ByteString, sources: ActivationSources
    ) throws -> [(name: ByteString, bytes: [UInt8])] {
        try shells.map { shell in
            if isReversible || isRelocatable {
                let script = try ReversibleActivation(
                    shell: shell, prefix: prefix, movingWith: isRelocatable ? folder : nil, sources: sources)
                return (script.fileName, script.bytes)
            }
            let script = ActivationScript(shell: shell, prefix: prefix, sources: sources)
            return (script.fileName, script.bytes)
        }
    }
}
