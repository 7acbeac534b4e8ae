/// A command that shows how it is used.
protocol Exemplified {
    static var examples: [CommandExample] { get }
    /// The options nine of ten people need, by a spelling of each.
    static var common: [String] { get }
}

extension Exemplified {
    static var common: [String] { [] }
}
