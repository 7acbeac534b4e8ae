import Install
import Support

/// Options that are flags as well: `--compile-pyc`, `--compile-pyc=checked-hash`. The argument parser takes a value it
/// cannot read for none, so that a slip of the finger would be obeyed as something else.
enum OptionalModes {
    private static let modes: [(option: String, values: [String])] = [
        ("--compile-pyc", ByteCode.Mode.allCases.map(\.rawValue)), ("--menus", Shortcuts.Mode.allCases.map(\.rawValue)),
    ]

    /// Its value is a path.
    private static let squashFS = "--squashfs"

    /// The arguments with the values of such options as words of their own: the parser overlooks one that is attached if
    /// another option comes behind it.
    static func separated(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return arguments[..<end].flatMap { argument -> [String] in
            for (option, _) in modes where argument.hasPrefix(option + "=") {
                return [option, String(argument.dropFirst(option.count + 1))]
            }
            if argument.hasPrefix(squashFS + "=") {
                return [squashFS, SquashFSPrefix.mark + argument.dropFirst(squashFS.count + 1)]
            }
            return [argument]
        } + arguments[end...]
    }

    /// What is wrong with the value of such an option; nil: nothing.
    static func mistake(in arguments: [String]) -> Message? {
        for argument in arguments.prefix(while: { $0 != "--" }) {
            for (option, values) in modes where argument.hasPrefix(option + "=") {
                let value = String(argument.dropFirst(option.count + 1))
                if values.contains(value) { continue }
                let nearest = Nearest.word(to: value, among: values)
                let suggestion: Message = nearest.map { ", did you mean '\($0)'?" } ?? ""
                return "the value '\(value)' is invalid for '\(option)'; known are "
                    + values.listed() + suggestion
            }
        }
        return nil
    }
}
