import LibC
import Support
import TestKit
import Testing

@Suite("Credentials in another user's home")
struct ForeignHomeTests {
    @Test(
        "credentials that cannot be read do not stop what needs none",
        .enabled(if: geteuid() == 0 && ExternalProgram.find("setpriv") != nil, "needs root and setpriv"))
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        try directory.write("home/.rattler/credentials.json", "{}")
        let script = """
            chmod 755 \(directory("."))
            chmod 600 \(directory("home/.rattler/credentials.json"))
            HOME=\(directory("home")) exec setpriv --reuid=65534 --regid=65534 --clear-groups \
              "$0" config --no-config --credentials a.example 2>&1
            """
        let ending = try ExternalProgram(path: "/bin/sh").run(["-c", ByteString(script), ByteString(Executable.pack)])
        #expect(ending.isSuccess, "\(ending.output)")
        #expect(ending.output.lossyString.contains("a.example: none"))
        #expect(ending.output.lossyString.contains("credentials.json' are not used"))
    }
}
