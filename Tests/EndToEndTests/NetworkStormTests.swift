import Support
import TestKit
import Testing

/// Whole packs from a server that misbehaves.
@Suite("A stormy network")
struct NetworkStormTests {
    /// What goes wrong once with every third request or so; `at` is within the smallest file.
    private static let faults = [
        #"{"kind": "status", "code": 500}"#, #"{"kind": "status", "code": 503, "retry_after": 0}"#,
        #"{"kind": "status", "code": 429}"#, #"{"kind": "status", "code": 408}"#, #"{"kind": "close"}"#,
        #"{"kind": "reset", "at": 0}"#, #"{"kind": "reset", "at": 3000}"#, #"{"kind": "truncate", "at": 2500}"#,
        #"{"kind": "stall", "at": 1000, "seconds": 6}"#, #"{"kind": "wrong"}"#, #"{"kind": "short"}"#,
        #"{"kind": "long"}"#, #"{"kind": "understated"}"#, #"{"kind": "gzip"}"#, #"{"kind": "no-length", "at": 100}"#,
        #"{"kind": "garbage"}"#,
    ]

    /// Runs the program and tells its status, its peak memory in KiB and its messages. A process between it and the
    /// test's: the kernel counts the memory of whoever starts a program as its own at first.
    private static func measured(_ arguments: [String], in folder: TemporaryDirectory) throws -> (
        status: Int32, peak: Int, errors: String
    ) {
        let script = """
            import os, sys
            child = os.posix_spawn(sys.argv[1], sys.argv[1:], {"HOME": "/nonexistent"})
            _, status, usage = os.wait4(child, 0)
            print(usage.ru_maxrss)
            sys.exit(os.waitstatus_to_exitcode(status))
            """
        let python = ChildProcess.find("python3") ?? "python3"
        let outcome = try ChildProcess.run([python, "-c", script, Executable.pack] + arguments, in: folder.path)
        return (outcome.status, Int(outcome.output.split(separator: "\n").last ?? "") ?? .max, outcome.errors)
    }

    @Test("a pack of 500 packages of which 30 % fail once in some way equals the one nothing happened to, in 64 MB")
    func storm() throws {
        let server = try FaultServer()
        let folder = try TemporaryDirectory()
        var workspace = WorkspaceBuilder(in: folder)
        for id in 0..<500 {
            let subdir = id % 5 == 0 ? "noarch" : "linux-64"
            let path =
                switch id % 10 {
                case 7: "/c/\(subdir)/p\(id)-1.0-0.tar.bz2"
                case 9: "/pypi/w\(id)-1.0-py3-none-any.whl"
                default: "/c/\(subdir)/p\(id)-1.0-0.conda"
                }
            let file = try server.file(path, size: 4000 + id * 400, seed: id)
            if id % 10 == 9 {
                workspace.pypi(server.url(path), name: "w\(id)", sha256: file.sha256)
                continue
            }
            // Some lock files do not say how large a package is.
            let size = id % 4 == 0 ? [] : ["size: \(file.size)"]
            workspace.add("conda", server.url(path), ["sha256: \(file.sha256)", "subdir: \(subdir)"] + size)
        }
        try workspace.write()
        let options = ["--no-config", "--no-plan-check", "--timeout", "2", "-q", "-p", "linux-64", "workspace", "-o"]
        let calm = try Self.measured(options + ["calm.tar"], in: folder)
        #expect(calm.status == 0, "\(calm.errors)")
        let paths = try server.log().requests.map(\.path)
        #expect(Set(paths).count == 500 && paths.count == 500)
        try server.clearLog()
        for (id, path) in paths.sorted().enumerated() where id % 10 < 3 {
            try server.faults(path, Self.faults[id / 3 % Self.faults.count])
        }
        let storm = try Self.measured(options + ["storm.tar"], in: folder)
        #expect(storm.status == 0, "\(storm.errors)")
        #expect(try folder.read("storm.tar") == folder.read("calm.tar"))
        #expect(try server.log().requests.count == 650)
        #expect(Sanitizer.isActive || max(calm.peak, storm.peak) <= 64 << 10, "\(calm.peak) and \(storm.peak) KiB")
    }
}
