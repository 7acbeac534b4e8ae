import TestKit

/// What the suites begin with whose tests fetch from a server: each test has a server and a folder for itself.
class ServedSuite {
    let server: FaultServer
    let directory: TemporaryDirectory
    var harness = Harness()

    init() throws {
        server = try FaultServer()
        directory = try TemporaryDirectory()
    }
}
