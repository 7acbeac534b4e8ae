import LibC
import Support
import TestKit
import Testing

/// The main job on a real environment: CPython, conda packages of all kinds, wheels with scripts.
@Suite(
    "A workspace: pack, unpack, activate, run",
    .enabled(if: Shared.isPresent && Executable.isLinux64, "\(Shared.missing), for linux-64"))
struct WorkspaceTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func shell(_ line: String, at place: ByteString? = nil) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["/bin/bash", "-c", line],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "pack": Executable.pack],
            in: place ?? folder.path)
    }

    /// Packs `workspace` twice and compares, unpacks in `place`, activates, runs everything the packages install.
    private func roundTrip(_ workspace: ByteString, at place: ByteString) throws {
        try Sys.makeDirectories(place)
        let first = try shell(
            """
            set -e
            "$pack" --no-config -q -o a.tar '\(workspace)'
            "$pack" --no-config -q --concurrency 1 '\(workspace)'
            cmp a.tar environment.tar
            ln -s "$pack" pixi-unpack
            ./pixi-unpack -q
            . ./activate.sh
            python -c 'import ssl, sqlite3, sys; print(sys.prefix)'
            greet
            greet-env
            greet-plugins
            greet-script
            tiny-sh
            pyjson5 --version
            mistune -m '# hi'
            jp.py --help | head -n 1
            python -c 'import certifi, click, jmespath, json5, mistune, packaging, send2trash'
            """, at: place)
        #expect(first.status == 0, "\(first.errors)")
        let lines = first.output.split(separator: "\n").map(String.init)
        let prefix = "\(place)/env"
        #expect(lines.first == prefix)
        #expect(lines.dropFirst().first == "hello from greet")
        #expect(first.output.contains("0.17.3\n") && first.output.contains("<h1>hi</h1>"))
        #expect(first.output.contains("usage: jp.py"))
        #expect(lines.count >= 9)
        #expect(try Sys.list(place).count == 5)
    }

    @Test("over HTTP") func http() throws {
        let server = try ServerProcess([
            "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
            Shared.file("data").lossyString,
        ])
        let words = try server.readLine().split(separator: " ")
        let port = try #require(words.firstIndex(of: "port").map { words[$0 + 1] })
        let lock = String(decoding: try Shared.read("data/workspace/pixi.lock"), as: UTF8.self)
        try folder.write("workspace/pixi.lock", lock.replacing("127.0.0.1:8765", with: "127.0.0.1:\(port)"))
        try roundTrip(folder("workspace"), at: folder("place"))
        withExtendedLifetime(server) {}
    }

    @Test("by relative paths, into a place with blanks and letters beyond ASCII") func paths() throws {
        try roundTrip(try Shared.file("data/workspace/paths"), at: folder("mi loko ĉi tie"))
    }
}
