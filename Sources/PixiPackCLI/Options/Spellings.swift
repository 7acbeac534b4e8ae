/// The spellings of a command's options, to tell options, their values and other words apart as users of clap know it from
/// the original: values attached to short options (`-eprod`, `-vo pack.tar`), options before a command.
struct Spellings {
    private enum Kind {
        case flag
        case value
        /// Takes all words up to the next option, also none.
        case values
        /// Takes a value behind `=` only.
        case optionalValue
    }

    private var kinds: [String: Kind] = [:]
    /// The long spelling of a short one.
    private var long: [String: String] = [:]

    init(_ command: CommandDescription) {
        for option in command.allOptions {
            let kind: Kind =
                option.isRepeating
                ? .values : option.isValueOptional ? .optionalValue : option.takesValue ? .value : .flag
            for name in option.names { kinds[name] = kind }
            guard let long = option.names.first(where: { $0.hasPrefix("--") }) else { continue }
            for name in option.names { self.long[name] = long }
        }
    }

    /// All of them, with their dashes.
    var names: [String] { kinds.keys.sorted() }

    /// Where the first word stands that is neither an option nor the value of one; nil if there is none.
    func firstWord(of arguments: [String]) -> Int? {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            if argument == "--" { return nil }
            guard Spellings.isOption(argument) else { return index }
            // Of options in one word (-qo) only the last one may have a value.
            let last = split(argument).last ?? argument
            index += 1
            switch kinds[last] {
            case .value: index += 1
            case .values: while index < arguments.count, !arguments[index].hasPrefix("-") { index += 1 }
            case .flag, .optionalValue, nil: break
            }
        }
        return nil
    }

    /// The arguments with one option a word, in the form the argument parser reads.
    ///
    /// - Parameter isOpen: whether what stands behind the first other word belongs to somebody else.
    func normalized(_ arguments: [String], stoppingAtFirstWord isOpen: Bool) -> [String] {
        let end = isOpen ? firstWord(of: arguments) ?? arguments.count : arguments.count
        var result: [String] = []
        var index = 0
        while index < end, arguments[index] != "--" {
            let argument = arguments[index]
            let words = Spellings.isOption(argument) ? split(argument) : [argument]
            index += 1
            guard let last = words.last else { continue }
            switch kinds[last] {
            case .values where index == arguments.count || Spellings.isOption(arguments[index]):
                // There is no value to take, so nothing is added.
                result += words.dropLast()
            case .value where words.count >= 1 && index < end && Spellings.isOption(last):
                // The value may look like an option with values of its own; it stays what it is.
                result += words + [arguments[index]]
                index += 1
            default: result += words
            }
        }
        return result + arguments[index...]
    }

    /// Whether a word of one dash is a long option that lacks the other: `-platform`.
    func lacksDash(_ argument: String) -> String? {
        guard Spellings.isOption(argument), !argument.hasPrefix("--") else { return nil }
        let name = "-" + (argument.split(separator: "=", maxSplits: 1).first.map(String.init) ?? argument)
        return name.utf8.count > 4 && kinds[name] != nil ? name : nil
    }

    /// `split`, for those who look at a single word.
    func separated(_ argument: String) -> [String] { split(argument) }

    private static func isOption(_ argument: String) -> Bool { argument.hasPrefix("-") && argument != "-" }

    /// `-vo` is `-v`, `-o`; `-eprod` and `-e=prod` are `--environment=prod`. What is no such word stays.
    private func split(_ argument: String) -> [String] {
        if argument.hasPrefix("--") || argument.unicodeScalars.count <= 2 { return [argument] }
        if lacksDash(argument) != nil { return [argument] }
        var words: [String] = []
        var rest = argument.unicodeScalars.dropFirst()
        while let letter = rest.first {
            rest = rest.dropFirst()
            let name = "-\(letter)"
            switch kinds[name] {
            case .flag: words.append(name)
            case .value, .values:
                if rest.isEmpty { return words + [name] }
                let value = rest.first == "=" ? rest.dropFirst() : rest
                return words + ["\(long[name] ?? name)=\(String(String.UnicodeScalarView(value)))"]
            case .optionalValue, nil: return [argument]
            }
        }
        return words
    }
}
