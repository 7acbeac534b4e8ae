import Support
import TestKit
import Testing

@Suite("Progress in a log")
struct ProgressInLogsTests {
    @Test("after ten seconds a log names the slow server, and knows sizes the lock file does not")
    func slowServer() throws {
        let folder = try TemporaryDirectory()
        let server = try FaultServer()
        var lines: [String] = []
        for name in ["a", "b"] {
            let path = "/c/linux-64/\(name)-1.0-0.conda"
            let file = try server.file(path, size: 850_000, seed: name == "a" ? 1 : 2)
            try server.faults(path, #"{"kind": "drip", "bytes": 10000, "pause": 0.15}"#)
            lines.append("- conda: \(server.url(path))\n  sha256: \(file.sha256)")
        }
        let list = lines.map { "      " + ($0.split(separator: "\n").first ?? "") }
        try folder.write(
            "pixi.lock",
            """
            version: 6
            environments:
              default:
                channels: []
                packages:
                  linux-64:
            \(list.joined(separator: "\n"))
            packages:
            \(lines.joined(separator: "\n"))

            """)
        let outcome = try Executable.run(["--no-config", "--no-plan-check", "-p", "linux-64"], in: folder.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let log = outcome.errors.split(separator: "\n")
        #expect(log.first == "Fetching packages: 2 items")
        let line = try #require(log.dropFirst().first)
        #expect(line.hasPrefix("Fetching packages: 0 of 2, ") && line.contains(" of 1.62 MiB, "), "\(line)")
        #expect(line.contains("; slowest: http://127.0.0.1:\(server.port), 2 downloads at "), "\(line)")
        withExtendedLifetime(server) {}
    }
}
