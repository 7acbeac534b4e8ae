import ArgumentParser
import Components
import Inventory
import Support

/// `licenses`: the licences of everything in the executable, which whoever passes it on passes on with it; also those who
/// pass on an `environment.sh`, which has it inside.
struct LicensesCommand<Root: ParsableCommand>: Command {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "licenses",
            _superCommandName: Root.configuration.commandName ?? "",
            abstract: "Print the licences of the software in this program.",
            discussion: """
                The program's own licence, then those of the libraries that are linked into it. A self-extracting pack \
                has the program inside, so that they hold for it, too: 'sh environment.sh licenses' prints them.
                """)
    }

    /// The values of `--sbom`.
    enum Format: String, ExpressibleByArgument, CaseIterable { case cyclonedx }

    @Option(
        help: ArgumentHelp(
            "Print a bill of materials of the program instead.", discussion: "CycloneDX 1.6, JSON.",
            valueName: "format"))
    var sbom: Format?

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let bill = try VersionText.bill("pixi-pack")
        if sbom != nil { return try console.output(bill.cycloneDX(time: Program.date + "T00:00:00Z")) }
        let components = try ExecutableComponents.load()
        guard !components.ownLicense.isEmpty else {
            throw Failure(
                "this build has no licence texts in it",
                remedy: "Use a release, or build one with 'make release'; the sources have the texts of their packages."
            )
        }
        try console.output(Array(LicensesCommand.text(bill, components).utf8))
    }

    private static func text(_ bill: SoftwareBill, _ contents: ExecutableComponents) -> String {
        let rule = String(repeating: "=", count: 100) + "\n"
        var text = "pixi-pack \(Program.version)\n\n\(contents.ownLicense)"
        for notice in contents.notices {
            text += "\n" + rule
            for component in bill.components where notice.components.contains(component.name) {
                text += [component.name, component.version, component.license ?? ""].joined(separator: " ") + "\n"
            }
            text += rule + "\n" + notice.text
        }
        return text
    }
}
