import CondaModel
import Support
import TestKit
import Testing

@testable import Install

/// What conda and mamba read of an environment's history.
@Suite struct EnvironmentHistoryTests {
    private func package(
        _ name: String, _ version: String = "1", channel: String = "https://conda.anaconda.org/conda-forge/"
    ) -> EnvironmentHistory.Package {
        EnvironmentHistory.Package(channel: channel, subdir: "linux-64", identity: "\(name)-\(version)-0")
    }

    private func text(_ history: EnvironmentHistory) -> String { String(decoding: history.bytes, as: UTF8.self) }

    @Test func entriesHaveCondasForm() {
        var history = EnvironmentHistory.empty
        history.note([package("b"), package("a")], requested: ["b >=1,<2", "a"], time: 1_800_000_000)
        let first = """
            ==> 2027-01-15 08:00:00 <==
            # cmd: pixi-unpack
            +conda-forge/linux-64::a-1-0
            +conda-forge/linux-64::b-1-0
            # update specs: ['b >=1,<2', 'a']

            """
        #expect(text(history) == first)
        history.note([package("a"), package("b")], requested: ["b"], time: 1_800_000_001)
        #expect(text(history) == first)
        history.note([package("a", "2"), package("b")], requested: ["b >=1,<2"], time: 1_800_000_061)
        #expect(
            text(history) == first + """
                ==> 2027-01-15 08:01:01 <==
                # cmd: pixi-unpack
                -conda-forge/linux-64::a-1-0
                +conda-forge/linux-64::a-2-0
                # remove specs: ['a']
                # update specs: ['b >=1,<2']

                """)
    }

    @Test(
        "channels have conda's names",
        arguments: [
            ("https://conda.anaconda.org/conda-forge/", "conda-forge"),
            ("https://conda.anaconda.org/a/label/b", "a/label/b"),
            ("https://repo.anaconda.com/pkgs/main/", "defaults"), ("https://repo.anaconda.com/pkgs/free/", "pkgs/free"),
            ("https://prefix.dev/conda-forge/", "https://prefix.dev/conda-forge"),
            ("file:///tmp/p.tar/channel/", "file:///tmp/p.tar/channel"),
        ])
    func channels(_ url: String, _ name: String) {
        #expect(PackageOrigin.name(ofChannel: url) == name)
    }

    @Test func entriesOfOthersStay() throws {
        let directory = try TemporaryDirectory()
        let others = "==> 2026-01-01 00:00:00 <==\n# cmd: conda install x\n+conda-forge/linux-64::x-1-0"
        try directory.write("env/conda-meta/history", others)
        let state = EnvironmentState(prefix: "/p")
        try state.write(to: directory("env"), umask: 0o022)
        let text = String(decoding: try directory.read("env/conda-meta/history"), as: UTF8.self)
        #expect(text.hasPrefix("// not relevant") && text.hasSuffix("\n\(others)\n"))
        #expect(try EnvironmentState.read(directory("env")) == state)
        try state.write(to: directory("env"), umask: 0o022)
        #expect(try directory.read("env/conda-meta/history") == Array(text.utf8))
        var history = try EnvironmentHistory.read(directory("env"))
        history.note([package("x")], requested: [], time: 0)
        #expect(self.text(history) == others + "\n")
    }

    @Test("what conda and mamba were asked for is read as they write it") func requestsOfOthers() throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "env/conda-meta/history",
            """
            ==> 2026-01-01 00:00:00 <==
            # update specs: ['a', "b[build='x']", 'conda-forge::c >=1']
            # install specs: ["libcurl[version=\\">=7.86,<8.10\\"]", "d"]
            # update specs: ['https://h/c/linux-64/e-1-0.conda', '']

            """)
        var history = try EnvironmentHistory.read(directory("env"))
        history.note([package("x")], requested: ["d"], time: 0)
        #expect(text(history).contains("\n# remove specs: ['a', 'b', 'c', 'libcurl']\n"), "\(text(history))")
    }

    @Test func whatIsAskedForIsWhatNobodyNeeds() {
        func record(_ name: String, _ depends: [String]) -> PackageRecord {
            var record = PackageRecord(
                name: CondaName(stringLiteral: name), version: "1", build: "0", subdir: "linux-64")
            record.depends = depends
            return record
        }
        let records = [
            record("numpy", ["python >=3", "libblas", "__glibc >=2.17"]), record("python", ["openssl>=3", "pip"]),
            record("pip", ["python"]), record("libblas", []), record("openssl", []), record("tool", ["tool"]),
            record("x", ["y"]), record("y", ["x"]),
        ]
        #expect(EnvironmentHistory.requested(of: records) == ["numpy", "python", "tool", "x"])
        #expect(EnvironmentHistory.requested(of: []) == [])
    }

    @Test("nothing a reader could stumble over is a spec", arguments: ["a 'b'", "a\nb", "a[build=\"x\"]", "a\\"])
    func unreadable(_ spec: String) {
        #expect(EnvironmentHistory.readable(spec) == nil)
        #expect(EnvironmentHistory.readable("a >=1.0,<2|3.*") == "a >=1.0,<2|3.*")
    }
}
