import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite struct WorkspaceActivationTests {
    private let manifest = """
        {
          "activation": {"scripts": ["default.sh"], "env": {"A": "default", "B": "default"}},
          "target": {
            "linux-64": {"activation": {"env": {"A": "default linux-64"}}},
            "unix": {"activation": {"scripts": ["unix.sh"], "env": {"A": "unix", "C": "unix"}}},
            "win": {"activation": {"scripts": ["win.bat"]}}
          },
          "feature": {
            "x": {"activation": {"scripts": ["x1.sh", "x2.sh"], "env": {"B": "x", "D": "x"}}},
            "y": {"activation": {"env": {"B": "y", "D": "y", "E": "y"}}}
          },
          "environments": {
            "both": ["x", "y"],
            "bare": {"features": ["y"], "no-default-feature": true}
          }
        }
        """

    private func activation(_ environment: String, _ platform: Platform) throws -> WorkspaceActivation {
        WorkspaceActivation(
            manifest: try JSONDocument(Array(manifest.utf8)).root, environment: environment, platform: platform)
    }

    @Test func mostSpecificTargetFirst() throws {
        let linux = try activation("default", .linux64)
        #expect(linux.variables.map { "\($0.name)=\($0.value)" } == ["A=default linux-64", "B=default", "C=unix"])
        #expect(linux.scripts == ["unix.sh"])
        #expect(try activation("default", .win64).scripts == ["win.bat"])
        #expect(try activation("default", .noarch).variables.map(\.value) == ["unix", "default", "unix"])
    }

    @Test func featuresInOrderTheDefaultOneLast() throws {
        let both = try activation("both", .linux64)
        #expect(both.scripts == ["x1.sh", "x2.sh", "unix.sh"])
        #expect(
            both.variables.map { "\($0.name)=\($0.value)" } == ["A=default linux-64", "B=x", "C=unix", "D=x", "E=y"])
        let bare = try activation("bare", .linux64)
        #expect(bare.scripts.isEmpty)
        #expect(bare.variables.map(\.name) == ["B", "D", "E"])
    }

    @Test func travelsAsAPackage() throws {
        let directory = try TemporaryDirectory()
        try directory.write("unix.sh", "echo hi\n")
        try directory.write("x1.sh", "echo x1\n")
        let reporter = RecordingReporter()
        func make() throws -> InjectedPackage {
            try ActivationPackage(activation("both", .linux64), baseDirectory: directory.path, reporter: reporter)
                .make()
        }
        let package = try make()
        #expect(package.record.name == "pixi-workspace-activation")
        #expect(package.record.subdir == "noarch")
        #expect(package.fileName.hasSuffix(".tar.bz2"))
        #expect(try make().record.sha256 == package.record.sha256)
        #expect(reporter.messages.contains { $0.contains("x2.sh' of the manifest is not there") })
        let bytes = try package.file.readAll()
        try directory.write(package.fileName, bytes)
        let tar = try #require(ChildProcess.find("tar"))
        let listing = try ChildProcess.run(
            [tar, "-tjf", directory(package.fileName).lossyString],
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(
            listing.output.split(separator: "\n").filter { $0.contains(".") && !$0.hasSuffix(".d") } == [
                "etc/conda/activate.d/zz-pixi-000-x1.sh", "etc/conda/activate.d/zz-pixi-001-unix.sh",
                "etc/conda/env_vars.d/pixi-workspace-activation.json", "info/index.json", "info/paths.json",
            ])
    }
}
