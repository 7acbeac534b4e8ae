import ArgumentParser
import Install

/// The value of `--shell`: one of the names the original knows, or `all`.
enum ShellArgument: ExpressibleByArgument, Equatable {
    case one(Shell)
    case all

    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let shell = try? Shell(named: argument) {
            self = .one(shell)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { Shell.names.map(\.name) + ["all"] }
}
