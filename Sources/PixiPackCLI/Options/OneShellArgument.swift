import ArgumentParser
import Install

/// The shell of a command that is about one.
struct OneShellArgument: ExpressibleByArgument {
    let shell: Shell

    init?(argument: String) {
        guard let shell = try? Shell(named: argument) else { return nil }
        self.shell = shell
    }

    static var allValueStrings: [String] { Shell.names.map(\.name) }
}
