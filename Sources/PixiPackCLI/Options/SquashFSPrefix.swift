import ArgumentParser
import Support

/// The value of `--squashfs`. A word behind it is the workspace, so `OptionalModes` marks what stands behind `=`.
enum SquashFSPrefix: ExpressibleByArgument {
    case usual
    case named(ByteString)

    static let mark = "prefix:"

    init?(argument: String) {
        guard argument.hasPrefix(SquashFSPrefix.mark) else { return nil }
        self = .named(RawArguments.bytes(of: String(argument.dropFirst(SquashFSPrefix.mark.count))))
    }
}
