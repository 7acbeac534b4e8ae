import Support
import TestKit
import Testing

@testable import Install

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

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
        #expect(EnvironmentState.read(environment) == nil)
        try state.write(to: environment, umask: 0o022)
        #expect(EnvironmentState.read(environment) == state)
        let plain = EnvironmentState(prefix: "/p")
        try plain.write(to: environment, umask: 0o022)
        #expect(EnvironmentState.read(environment) == plain)
    }

    @Test func whatAPackageBroughtIsNotBelieved() throws {
        try state.write(to: environment, umask: 0o022)
        try directory.write(
            "env/conda-meta/p-1-0.json", #"{"files": ["conda-meta/.pixi-pack-environment"]}"#)
        #expect(EnvironmentState.read(environment) == nil)
        try directory.write("env/conda-meta/p-1-0.json", "{}")
        #expect(EnvironmentState.read(environment) == state)
        try directory.write(
            "env/lib/python3.13t/site-packages/w-1.0.dist-info/RECORD",
            "../../../conda-meta/.pixi-pack-environment,,\n")
        #expect(EnvironmentState.read(environment) == nil)
    }

    @Test func whatIsNoFileOfOursIsNotBelieved() throws {
        let path = environment.appending(path: EnvironmentState.path)
        try state.write(to: environment, umask: 0o022)
        try Sys.rename(path, to: directory("elsewhere"))
        try Sys.symlink(directory("elsewhere"), at: path)
        #expect(EnvironmentState.read(environment) == nil)
        try Sys.unlink(path)
        #expect(path.withCString { mkfifo($0, 0o600) } == 0)
        #expect(EnvironmentState.read(environment) == nil)
        try Sys.unlink(path)
        try directory.write("env/conda-meta/.pixi-pack-environment", #"{"version": 2, "prefix": "/p"}"#)
        #expect(EnvironmentState.read(environment) == nil)
        try state.write(to: environment, umask: 0o022)
        guard geteuid() == 0 else { return }
        #expect(path.withCString { chown($0, 65534, 65534) } == 0)
        #expect(EnvironmentState.read(environment) == nil)
    }
}
