import ArgumentParser
import LibC
import Packing
import Support

/// The command line of both programs.
public enum Program {
    /// The version of this program, printed by `--version` and written to `pixi-pack.json`.
    public static let version = "0.8.0"
    /// The day of this version, in the manual pages.
    static let date = "2026-11-22"

    /// Runs the program with the arguments of the process and ends it: 0 done, 1 failed, 2 used wrongly.
    public static func main() -> Never {
        let arguments = RawArguments.ofProcess()
        // Asked often by scripts, so before anything else is set up.
        if arguments.count == 2, ["--version", "-V"].contains(arguments[1]) {
            let program = Personality(calledAs: arguments[0]).programName
            exit(StandardStream.output.write(VersionText.line(program)) ? 0 : ExitStatus.failed)
        }
        // A reader that went away is an error of the write that meets it, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that has grown to the limit of the shell (ulimit -f).
        signal(SIGXFSZ, SIG_IGN)
        exit(run(arguments))
    }

    /// Runs the command that `arguments` (with the program's name in front) ask for.
    ///
    /// - Returns: the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        let invocation = Invocation(arguments)
        let command: any Command
        do {
            switch try invocation.parse() {
            case .command(let parsed): command = parsed
            case .text(let text): return StandardStream.output.write(text) ? ExitStatus.done : ExitStatus.failed
            }
        } catch {
            // How to write it (colours) may stand among the arguments that could not be read.
            Console(ConsoleOptions.standard).report(error)
            return ExitStatus.misused
        }
        let console = Console(command.console, progress: command.progress)
        do {
            try command.run(console)
            return ExitStatus.done
        } catch let error as EnvironmentCommand.NotStarted {
            console.report(error.failure)
            return error.status
        } catch {
            if let mistake = error as? ValidationError {
                // Found only when the arguments met the files they speak of.
                console.report(UsageError(message: Message(words: mistake.message), command: invocation.name))
                return ExitStatus.misused
            }
            console.report(error)
            // As a shell says of a program that a signal ended; everything is cleaned up by now.
            if let signal = Interruption.signal { return 128 + signal }
            return ExitStatus.of(error)
        }
    }
}
