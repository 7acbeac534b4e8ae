import SelfExtract
import Testing

@testable import PixiPackCLI

/// What `./environment.sh WORDS` comes to: pixi-unpack with the file itself as the pack.
struct SelfExtractingCommandTests {
    private func read(_ line: String) throws -> any Command {
        let words = line.split(separator: " ").map(String.init)
        let invocation = Invocation(["pixi-unpack", EmbeddedRuntime.personalityWord, "/p/environment.sh"] + words)
        guard case .command(let command) = try invocation.parse() else {
            throw UsageError(message: "a text", command: line)
        }
        return command
    }

    private static let pack = PathArgument("/p/environment.sh")

    @Test("options alone unpack it") func unpack() throws {
        let command = try #require(try read("-o out -eprod -q") as? UnpackCommand)
        #expect(command.options.packFile == Self.pack)
        #expect(command.options.place.envName == NameArgument("prod"))
        #expect(try (read("-- python x") as? UnpackCommand)?.options.command == ["python", "x"])
    }

    @Test("commands get it as their pack") func commands() throws {
        #expect(try (read("inspect --tree") as? InspectCommand)?.packFile == Self.pack)
        #expect(try (read("list") as? InspectCommand)?.packFile == Self.pack)
        #expect(try (read("-q verify --deep") as? VerifyCommand)?.packFile == Self.pack)
        let environment = try #require(try read("verify --env env") as? VerifyCommand)
        #expect(environment.packFile == nil && environment.env == PathArgument("env"))
        #expect(try read("completion -s bash") is CompletionCommand<UnpackProgram>)
    }

    @Test("run means its environment, unless one is named") func run() throws {
        let own = try #require(try read("run -- python -c x") as? UnpackCommand)
        #expect(own.options.packFile == Self.pack && own.options.command == ["python", "-c", "x"])
        #expect(try (read("run python -c x") as? UnpackCommand)?.options.command == ["python", "-c", "x"])
        #expect(try (read("run -e env -- python") as? RunCommand)?.environment == PathArgument("env"))
    }

    @Test("the help is the file's own, without a pack to name") func help() throws {
        let invocation = Invocation(["x", EmbeddedRuntime.personalityWord, "/p/environment.sh", "--help"])
        guard case .text(let text) = try invocation.parse() else { throw UsageError(message: "none", command: "") }
        #expect(text.contains("Usage: environment.sh [options] [-- command...]\n"))
        #expect(!text.contains("pack-file") && text.split(whereSeparator: \.isWhitespace).contains("inspect,"))
    }
}
