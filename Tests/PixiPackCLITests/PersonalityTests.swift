import Testing

@testable import PixiPackCLI

struct PersonalityTests {
    @Test(
        "the name decides",
        arguments: [
            ("pixi-pack", Personality.pack), ("/opt/x/pixi-pack", .pack), ("pixi-unpack", .unpack),
            ("./pixi-unpack", .unpack), ("/opt/pixi-pack/pixi-unpack-x86_64-linux", .unpack),
            ("/opt/pixi-unpack/pixi-pack", .pack), ("", .pack), ("anything", .pack),
        ])
    func name(argumentZero: String, personality: Personality) {
        #expect(Personality(calledAs: argumentZero) == personality)
    }

    @Test(
        "the first word that is no option decides, and only that",
        arguments: [
            (["pixi-pack"], "pixi-pack", "pack"), (["pixi-pack", "."], "pixi-pack", "pack"),
            (["pixi-pack", "pack", "unpack"], "pixi-pack pack", "pack"),
            (["pixi-pack", "unpack"], "pixi-pack unpack", "unpack"),
            (["pixi-pack", "./unpack"], "pixi-pack", "pack"),
            (["pixi-pack", "-v", "unpack"], "pixi-pack unpack", "unpack"),
            (["pixi-pack", "-vv", "--no-config", "-eprod", "list"], "pixi-pack list", "list"),
            (["pixi-pack", "-o", "list"], "pixi-pack", "pack"), (["pixi-pack", "--", "list"], "pixi-pack", "pack"),
            (["pixi-pack", "--inject", "a.conda", "list"], "pixi-pack", "pack"),
            (["pixi-unpack", "-q", "run", "--", "list"], "pixi-unpack run", "run"),
            (["pixi-unpack", "-q", "verify", "p.tar"], "pixi-unpack verify", "verify"),
            (["pixi-pack", "help", "unpack"], "pixi-pack unpack", "unpack"),
            (["pixi-unpack"], "pixi-unpack", "unpack"),
            // A pack's folder may be called so.
            (["pixi-unpack", "pack"], "pixi-unpack", "unpack"),
            (["pixi-unpack", "completion"], "pixi-unpack completion", "completion"),
        ])
    func word(arguments: [String], name: String, command: String) {
        let invocation = Invocation(arguments)
        #expect(invocation.name == name)
        #expect(invocation.command.configuration.commandName == command)
    }
}
