import Install
import Support

/// Options that are flags as well: `--compile-pyc`, `--compile-pyc=checked-hash`. The argument parser takes a value it
/// cannot read for none, so that a slip of the finger would be obeyed as something else.
enum OptionalModes {
    private static let modes: [(option: String, values: [String])] = [
        ("--compile-pyc", ByteCode.Mode.allCases.map(\.rawValue))
    ]

    /// What is wrong with the value of such an option; nil: nothing.
    static func mistake(in arguments: [String]) -> Message? {
        for argument in arguments.prefix(while: { $0 != "--" }) {
            for (option, values) in modes where argument.hasPrefix(option + "=") {
                let value = String(argument.dropFirst(option.count + 1))
                if values.contains(value) { continue }
                let nearest = values.map { (distance(value, $0), $0) }.min { $0.0 < $1.0 }
                let suggestion: Message = nearest.map { $0.0 <= 3 ? ", did you mean '\($0.1)'?" : "" } ?? ""
                return "the value '\(value)' is invalid for '\(option)'; known are "
                    + values.listed() + suggestion
            }
        }
        return nil
    }

    /// How many letters have to be put in, taken out or changed.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8))
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (place, other) in right.enumerated() {
                let cost = min(row[place] + 1, row[place + 1] + 1, diagonal + (byte == other ? 0 : 1))
                diagonal = row[place + 1]
                row[place + 1] = cost
            }
        }
        return row.last ?? 0
    }
}
