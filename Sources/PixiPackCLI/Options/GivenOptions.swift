import ArgumentParser

extension ParsableArguments {
    /// The long names of the options that were given, such as `--output-directory`, in the order of their definition.
    ///
    /// An option with a default has to be an optional property, else nobody can tell whether it was given; and the
    /// property has to be called as the option is.
    func givenOptions() -> [String] {
        Mirror(reflecting: self).children.flatMap { child -> [String] in
            if let group = child.value as? any GroupOfOptions { return group.givenOptions() }
            guard let option = child.value as? any GivableOption, option.isGiven else { return [] }
            // A wrapped property is stored behind an underscore.
            return [longName(String((child.label ?? "").dropFirst()))]
        }
    }
}

/// `outputDirectory` is `--output-directory`, as the argument parser makes it.
private func longName(_ property: String) -> String {
    property.reduce(into: "--") { name, letter in
        if letter.isUppercase { name += "-" }
        name += letter.lowercased()
    }
}

/// Something on a command line that is there or not.
private protocol GivableOption {
    var isGiven: Bool { get }
}

private protocol GroupOfOptions {
    func givenOptions() -> [String]
}

/// A value that says whether there is one.
private protocol GivableValue {
    var isGiven: Bool { get }
}

extension Optional: GivableValue {
    fileprivate var isGiven: Bool { self != nil }
}

extension Array: GivableValue {
    fileprivate var isGiven: Bool { !isEmpty }
}

extension Bool: GivableValue {
    fileprivate var isGiven: Bool { self }
}

extension Option: GivableOption where Value: GivableValue {
    fileprivate var isGiven: Bool { wrappedValue.isGiven }
}

extension Flag: GivableOption where Value: GivableValue {
    fileprivate var isGiven: Bool { wrappedValue.isGiven }
}

extension OptionGroup: GroupOfOptions {
    fileprivate func givenOptions() -> [String] { wrappedValue.givenOptions() }
}
