import CondaModel
import LibC
import Packing
import Support
import TestKit
import Testing

/// Attacks: a manifest names files that are not the workspace's.
@Suite("Files a manifest names") struct WorkspaceFolderTests {
    let directory: TemporaryDirectory
    let reporter = RecordingReporter()

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("secret/id_rsa", "key")
        try directory.write("secret/run.sh", "key")
        try directory.write("w/.env", "TOKEN=1")
        try directory.write("w/scripts/real.sh", "echo hi\n")
    }

    private func make(_ scripts: [String], variables: String = "{}") throws -> InjectedPackage {
        let list = scripts.map { "\"\($0)\"" }.joined(separator: ", ")
        let manifest = try JSONDocument(
            Array(#"{"activation": {"scripts": [\#(list)], "env": \#(variables)}}"#.utf8)
        ).root
        let activation = WorkspaceActivation(manifest: manifest, environment: "default", platform: .linux64)
        return try ActivationPackage(activation, baseDirectory: directory("w"), reporter: reporter).make()
    }

    @Test("scripts elsewhere, links to elsewhere, other kinds of file and other files are refused")
    func refused() throws {
        try Sys.symlink("../secret/run.sh", at: directory("w/link.sh"))
        try Sys.symlink("../secret", at: directory("w/folder"))
        try Sys.symlink(".env", at: directory("w/env.sh"))
        try directory.write("w/inside/x.sh", "")
        #expect(mkfifo(directory("w/fifo.sh").lossyString, 0o600) == 0)
        for script in [
            "../secret/run.sh", "../secret/id_rsa", "/etc/passwd", "link.sh", "folder/run.sh", "env.sh", ".env",
            "fifo.sh", directory("secret/run.sh").lossyString, "inside/../../secret/run.sh", "scripts",
        ] {
            #expect(throws: Failure.self, "\(script)") { try make([script]) }
        }
    }

    @Test("what is packed is named; links inside of the workspace may be")
    func packed() throws {
        try Sys.symlink("scripts/real.sh", at: directory("w/alias.sh"))
        _ = try make(["scripts/real.sh", "alias.sh", "missing.sh"])
        #expect(reporter.messages.contains { $0.contains("Packing the activation script 'scripts/real.sh'") })
        #expect(reporter.messages.contains { $0.contains("Packing the activation script 'alias.sh'") })
        #expect(reporter.messages.contains { $0.hasPrefix("warning: ") && $0.contains("missing.sh") })
    }

    @Test("a variable that a shell would run is refused where it is packed")
    func variables() throws {
        for name in ["A$(touch x)", "A=B", "A`b`"] {
            #expect(throws: Failure.self) { try make([], variables: #"{"\#(name)": "1"}"#) }
        }
        _ = try make([], variables: #"{"A_1": "$(touch x)"}"#)
    }
}
