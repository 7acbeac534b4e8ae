import LibC
import Support
import TestKit
import Testing

@testable import Install

/// What we note of environments, and when it is believed.
@Suite struct EnvironmentStateTests {
    private let directory: TemporaryDirectory
    private let state: EnvironmentState

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("env/conda-meta/history", "")
        var state = EnvironmentState(
            prefix: "/opt/\u{e9} \"x\"", interpreter: try PrefixPath("bin/python3.13"),
            wheels: [
                .init(
                    place: try PrefixPath("lib/python3.13t/site-packages/w-1.0.dist-info"),
                    fileName: "w-1.0-py3-none-any.whl", sha256: SHA256Hasher.hash([1]),
                    emptyFolders: [try PrefixPath("lib/python3.13t/site-packages/w/empty")])
            ])
        state.contents = SHA256Hasher.hash([2])
        state.signature = .init(key: "0123456789ABCDEF", sha256: SHA256Hasher.hash([3]))
        self.state = state
    }

    private var environment: ByteString { directory("env") }

    @Test func whatIsNotedIsRead() throws {
        #expect(try EnvironmentState.read(environment) == nil)
        try state.write(to: environment, umask: 0o022)
        #expect(try EnvironmentState.read(environment) == state)
        let plain = EnvironmentState(prefix: "/p")
        try plain.write(to: environment, umask: 0o022)
        #expect(try EnvironmentState.read(environment) == plain)
    }

    @Test func whatCondaAddsChangesNothing() throws {
        try state.write(to: environment, umask: 0o022)
        let text = try directory.read("env/conda-meta/history")
        #expect(text.starts(with: Array("// not relevant for pixi but for `conda run -p`\n".utf8)))
        try directory.write("env/conda-meta/history", text + Array("==> 2026-01-01 00:00:00 <==\n# cmd: conda\n".utf8))
        #expect(try EnvironmentState.read(environment) == state)
    }

    @Test func whatIsNoFileOfOursIsNotBelieved() throws {
        let path = environment.appending(path: EnvironmentState.path)
        try state.write(to: environment, umask: 0o022)
        try Sys.rename(path, to: directory("elsewhere"))
        try Sys.symlink(directory("elsewhere"), at: path)
        #expect(try EnvironmentState.read(environment) == nil)
        try Sys.unlink(path)
        #expect(path.withCString { mkfifo($0, 0o600) } == 0)
        #expect(try EnvironmentState.read(environment) == nil)
        try Sys.unlink(path)
        try directory.write("env/conda-meta/history", "//\n// pixi-pack: {\"version\": 2, \"prefix\": \"/p\"}\n")
        #expect(try EnvironmentState.read(environment) == nil)
    }

    @Test(.enabled(if: OtherUser.canOwn, Comment(rawValue: OtherUser.needs)))
    func whatBelongsToAnotherUserIsNotBelieved() throws {
        let path = environment.appending(path: EnvironmentState.path)
        try state.write(to: environment, umask: 0o022)
        try OtherUser.give(path)
        #expect(try EnvironmentState.read(environment) == nil)
    }
}
