import ArgumentParser
import Testing

@testable import PixiPackCLI

/// Every option of a group is recognised as given, under the name that the help has for it.
@Suite("Which options were given") struct GivenOptionsTests {
    /// A value that each option with a value takes.
    private static let values = [
        "--environment": "prod", "--shell": "zsh", "--jobs": "3", "--max-unpacked-size": "3M", "--compat": "original",
        "--label": "a=b", "--layers": "zstd", "--limit-rate": "1M", "--concurrency": "4", "--concurrent-downloads": "5",
        "--timeout": "30", "--retries": "4", "--user": "me", "--entrypoint": "true",
    ]

    /// The options of a group, each once with what it needs beside it.
    private func expectAll<Group: ParsableArguments>(
        of group: Group.Type, _ command: any ParsableCommand.Type, sections: [String], beside: [String: [String]] = [:]
    ) throws {
        let options = try CommandDescription.of(command).allOptions.filter { sections.contains($0.section) }
        #expect(!options.isEmpty)
        #expect(try Group.parse([]).givenOptions() == [])
        for option in options {
            let name = try #require(option.names.first { $0.hasPrefix("--") })
            let others = beside[name] ?? []
            let isPlain = !option.takesValue || option.isValueOptional
            let words = isPlain ? [name] : [name, Self.values[name] ?? "file"]
            #expect(try Group.parse(words + others).givenOptions().contains(name), "\(name)")
        }
    }

    @Test("of a place, an installation, an activation, an image and a task") func groups() throws {
        let unpack = UnpackCommand.self
        try expectAll(of: PlaceOptions.self, unpack, sections: ["Place"])
        try expectAll(of: ActivationOptions.self, unpack, sections: ["Activation"])
        try expectAll(of: InstallationOptions.self, unpack, sections: ["Packages"])
        try expectAll(of: TaskOptions.self, unpack, sections: ["Instead of installing"])
        let container = ["--into", "oci:images:app"]
        try expectAll(
            of: ImageOptionsGroup.self, unpack, sections: ["Images"],
            beside: [
                "--base-image": container, "--entrypoint": container, "--user": container, "--label": container,
                "--layers": container,
            ])
    }

    @Test("of the network, in a group of groups") func network() throws {
        let certificate = ["--client-cert", "file"]
        try expectAll(
            of: NetworkOptions.self, UnpackCommand.self, sections: ["Packs elsewhere"],
            beside: ["--client-key": certificate, "--client-key-password": certificate])
    }

    @Test("in the order of their definition, a default among them") func order() throws {
        let place = try PlaceOptions.parse(["--force", "-e", "env", "--output-directory=o"])
        #expect(place.givenOptions() == ["--output-directory", "--env-name", "--force"])
    }
}
