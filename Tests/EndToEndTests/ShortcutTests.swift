import Support
import TestKit
import Testing

@Suite("Shortcuts of packages")
struct ShortcutTests {
    let folder: TemporaryDirectory

    private static func menu(_ name: String, _ linux: String) -> String {
        """
        {"menu_name": "My Menu", "menu_items": [{
          "name": {"target_environment_is_base": "x", "target_environment_is_not_base": "\(name) ({{ ENV_NAME }})"},
          "description": "two\\nlines", "icon": "{{ MENU_DIR }}/i.{{ ICON_EXT }}", "command": ["nothing"],
          "terminal": true, "platforms": {"win": {}, "linux": \(linux)}}]}
        """
    }

    private static let linux = #"""
        {"command": ["{{ BIN_DIR }}/say", "$HOME 100%", "%F"], "precommand": "export A=\"b c\"",
         "Categories": ["Science", "a;b"], "MimeType": ["text/x-say"], "glob_patterns": {"text/x-say": "*.say"},
         "StartupNotify": false}
        """#

    init() throws {
        folder = try TemporaryDirectory()
        try make("1.tar", [Self.menu("Say It", Self.linux), Self.menu("Other", #"{"activate": false}"#)])
        try make("2.tar", [Self.menu("Say More", Self.linux)])
        try make("3.tar", [])
    }

    private func make(_ name: String, _ menus: [String]) throws {
        var builder = WorkspaceBuilder(in: folder)
        var package = CondaBuilder("a", version: String(name.prefix(1)))
        package.file("bin/say", "#!/bin/sh\necho \"$A $CONDA_PREFIX $1 $2\"\n", mode: 0o755)
        for (index, menu) in menus.enumerated() { package.file("Menu/m\(index).json", menu) }
        try builder.conda(package.stem + ".conda", package.conda())
        try builder.write()
        _ = try Executable.run(["--no-config", "-q", "-p", "linux-64", "-o", name], in: folder("workspace"))
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(
            ["--no-host-check"] + arguments,
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": folder("home").lossyString,
                "XDG_DATA_HOME": folder("data").lossyString,
            ], in: folder("workspace"))
    }

    private var entries: [String] {
        ((try? Sys.list(folder("data/applications"))) ?? []).map(\.lossyString).filter { $0.hasSuffix(".desktop") }
            .sorted()
    }

    private func text(_ path: String) throws -> String {
        ByteString(try File.open(folder(path)).slice().readAll()).lossyString
    }

    @Test("are made only if asked for, as menuinst describes them") func made() throws {
        #expect(try unpack("-q", "1.tar", "-o", "none").status == 0)
        #expect(entries.isEmpty)
        let outcome = try unpack("1.tar", "--menus")
        #expect(outcome.errors.contains("has 2 shortcuts among the applications"), "\(outcome.errors)")
        #expect(entries == ["my-menu_other-env.desktop", "my-menu_say-it-env.desktop"])
        let prefix = folder("workspace/env").lossyString
        let script = #""export A=\\"b c\\" && . \\"\\$0\\" && exec \\"\\$@\\"""#
        #expect(
            try text("data/applications/my-menu_say-it-env.desktop") == """
                [Desktop Entry]
                Type=Application
                Name=Say It (env)
                Exec=bash -c \(script) \(prefix)/conda-meta/menu-activate.sh \(prefix)/bin/say "\\\\$HOME 100%%" %F
                Terminal=true
                Icon=\(prefix)/Menu/i.png
                Comment=two\\nlines
                Categories=Science;a\\;b;
                MimeType=text/x-say;
                StartupNotify=false
                X-Conda-Prefix=\(prefix)

                """)
        #expect(try text("data/applications/my-menu_other-env.desktop").contains("\nExec=nothing\n"))
        #expect(try text("data/mime/packages/my-menu_say-it-env.xml").contains(#"<glob pattern="*.say"/>"#))
        // What the line means to a shell after the escapes of desktop files: it runs in the activated environment.
        let run = try ChildProcess.run(
            [
                "/bin/bash", "-c", #"export A="b c" && . "$0" && exec "$@""#, "\(prefix)/conda-meta/menu-activate.sh",
                "\(prefix)/bin/say", "x",
            ], environment: ["PATH": "/usr/bin:/bin"], in: folder.path)
        #expect(run.output == "b c \(prefix) x \n", "\(run.errors)")
    }

    @Test("are recorded as by rattler, and go and come with their packages") func updated() throws {
        #expect(try unpack("-q", "1.tar", "--menus").status == 0)
        let record = try JSONDocument(Array(text("workspace/env/conda-meta/a-1-0.json").utf8)).root
        let tracker = record["installed_system_menus"]?.elements.map(Array.init)?.first
        #expect(tracker?["type"]?.string == "linux")
        #expect(tracker?["install_mode"]?.string == "User")
        #expect(tracker?["paths"]?.elements.map(Array.init)?.count == 3)
        // Again: nothing changes.
        let before = try text("workspace/env/conda-meta/a-1-0.json")
        #expect(try unpack("1.tar", "--menus").errors.contains("1 untouched"))
        #expect(try text("workspace/env/conda-meta/a-1-0.json") == before)
        // An update keeps them in step, without the option as well.
        #expect(try unpack("-q", "2.tar").status == 0)
        #expect(entries == ["my-menu_say-more-env.desktop"])
        #expect(try Sys.list(folder("data/mime/packages")) == ["my-menu_say-more-env.xml"])
        #expect(try unpack("-q", "3.tar").status == 0)
        #expect(entries.isEmpty)
        #expect(try !Sys.exists(folder("workspace/env/conda-meta/menu-activate.sh")))
        #expect(try unpack("-q", "2.tar", "--menus").status == 0)
        #expect(try unpack("2.tar", "--menus=remove", "-q").status == 0)
        #expect(entries.isEmpty)
        #expect(try !text("workspace/env/conda-meta/a-2-0.json").contains("installed_system_menus"))
        #expect(try unpack("-q", "1.tar", "--menus").status == 0)
        #expect(try unpack("-q", "3.tar", "--force").status == 0)
        #expect(entries.isEmpty)
    }

    @Test("of others stay as they are") func foreign() throws {
        try folder.write("data/applications/my-menu_other-env.desktop", Array("[Desktop Entry]\n".utf8))
        let outcome = try unpack("1.tar", "--menus")
        #expect(outcome.status == 0 && outcome.errors.contains("is that of somebody else"), "\(outcome.errors)")
        #expect(try unpack("-q", "3.tar").status == 0)
        #expect(entries == ["my-menu_other-env.desktop"])
        #expect(try unpack("-q", "1.tar", "--menus").status == 0)
        // Two environments of one name.
        let other = try unpack("2.tar", "--menus", "-o", "second")
        #expect(other.status == 0, "\(other.errors)")
        let twin = try unpack("1.tar", "--menus", "-o", "third")
        #expect(twin.errors.contains("is that of the environment"), "\(twin.errors)")
        let bad = try unpack("1.tar", "--menus=keep")
        #expect(bad.status == 2 && bad.errors.contains("the value 'keep' is invalid for '--menus'"), "\(bad.errors)")
    }
}
