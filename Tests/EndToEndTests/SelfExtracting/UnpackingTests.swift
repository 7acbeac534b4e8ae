import Support
import TestKit
import Testing

extension SelfExtractingPackTests {
    @Suite struct Unpacking {
        let yard: PackYard

        init() throws { yard = try PackYard() }

        @Test(
            "every shell runs it, to the same files as the tar",
            arguments: ["dash", "bash", "busybox ash", "ksh", "mksh", "zsh", "yash"])
        func shells(_ shell: String) throws {
            _ = try ChildProcess.needed(String(shell.prefix { $0 != " " }))
            // At the same place, which some files name; the records say which pack it was.
            try yard.check("pixi-unpack -o made environment.tar && mv made reference")
            try yard.check("\(shell) $environment -o made")
            try yard.expectWhole("made")
            try yard.check("diff -r --no-dereference -x conda-meta made reference")
            try yard.check("\(shell) $environment --no-such-option", status: 2)
            try yard.expectNothingLeft()
        }

        @Test("options are those of pixi-unpack")
        func options() throws {
            try yard.check("$environment -o options -e other -s fish -v")
            #expect(yard.directoryExists("options/other/conda-meta"))
            #expect(try yard.has("options/activate.fish"))
            try yard.check("$environment -o options -e other")
            try yard.check("mkdir options/mine && touch options/mine/file")
            try yard.check("$environment -o options -e mine", status: 1, says: "--force")
            try yard.check("$environment -o options -e other --force")
            let version = try yard.check("pixi-unpack --version").output
            try yard.check("$environment --version", prints: version)
            try yard.check("$environment --help", prints: "--output-directory")
            #expect(try yard.check("$environment -q -o quiet").errors.isEmpty)
        }

        @Test("the way it is called does not matter: links, blanks, quotes, no working directory, set -u, no variables")
        func calls() throws {
            try yard.check("ln -s $environment 'a link' && './a link' -o \"it's \\\"here\\\" now\"")
            try yard.expectWhole("it's \"here\" now")
            try yard.check("mkdir gone && cd gone && rmdir $work/gone && $environment -o $work/was-gone")
            try yard.expectWhole("was-gone")
            try yard.check("sh -u $environment -o set-u")
            try yard.check("env -i PATH=/usr/bin:/bin sh -u $environment -o env-i")
            try yard.check("pixi-unpack -o as-pack $environment")
            try yard.expectWhole("as-pack")
        }

        @Test("from a pipe it says how to be saved, and does nothing")
        func pipe() throws {
            try yard.check("cat $environment 2>/dev/null | sh -s -- -o piped", status: 1, says: "Save it first: curl")
            #expect(try !yard.has("piped"))
        }

        @Test("damage is found, before anything is unpacked")
        func damage() throws {
            try yard.check("$environment --verify")
            try yard.check("pixi-unpack --verify environment.tar")
            let size = try File.open(yard.directory("environment.sh")).slice().length
            try yard.check("head -c 100000 $environment >cut.sh")
            try yard.check(
                "sh cut.sh --verify", status: 1, says: "this file is damaged: expected \(size) bytes, found 100000")
            try yard.check(
                """
                cp $environment altered.sh
                offset=$(grep -abo pkg-greeter $environment | head -1 | cut -d: -f1)
                printf X | dd of=altered.sh bs=1 seek=$offset conv=notrunc 2>/dev/null
                """)
            try yard.check("./altered.sh --verify", status: 4, says: "this file is damaged")
            try yard.check("./altered.sh -o altered", status: 4)
            #expect(try !yard.has("altered/env"))
        }
    }
}
