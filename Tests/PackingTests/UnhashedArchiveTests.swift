import Archive
import Packing
import Support
import TestKit
import Testing

@Suite("Files of which the lock has no hash") struct UnhashedArchiveTests {
    let directory: TemporaryDirectory
    let server: FaultServer

    init() throws {
        directory = try TemporaryDirectory()
        server = try FaultServer()
    }

    private func request(_ url: String, name: String) throws -> PackRequest {
        var workspace = WorkspaceBuilder(in: directory)
        workspace.pypi(url, name: name)
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        request.planCheck = .none
        request.output = .file(directory("out.tar"))
        request.fetch.cacheDirectory = directory("cache")
        request.fetch.tries = 1
        return request
    }

    private func run(_ request: PackRequest) -> String {
        do {
            try request.pack()
            return ""
        } catch { return "\(error)" }
    }

    @Test("a login page is no wheel, and is not kept")
    func loginPage() throws {
        let page = "<!DOCTYPE html>\n<html><body>Log in to go on, please.</body></html>"
        _ = try server.text("/w-1.0-py3-none-any.whl", page)
        let text = run(try request(server.url("/w-1.0-py3-none-any.whl"), name: "w"))
        #expect(
            text.contains(
                "the answer is an HTML page of \(page.utf8.count) bytes, not a wheel: a login page or a proxy?"))
        #expect(
            try Sys.list(directory("cache")).allSatisfy { name in
                try !Sys.isDirectory(directory("cache").appending(path: name))
                    || Sys.list(directory("cache").appending(path: name)).isEmpty
            })
    }

    @Test("the wheel of another package, or of another version, is refused")
    func otherWheel() throws {
        for (name, version) in [("v", "1.0"), ("w", "2.0")] {
            let path = try directory.write("workspace/w-1.0-py3-none-any.whl", makeWheel(name, version))
            let text = run(try request("file://\(path)", name: "w"))
            #expect(text.contains("is not the file 'w-1.0-py3-none-any.whl'"))
        }
        var builder = WheelBuilder("w")
        builder.record = .none
        let path = try directory.write("workspace/w-1.0-py3-none-any.whl", builder.archive { _ in "" })
        #expect(run(try request("file://\(path)", name: "w")).contains("it has no RECORD"))
    }
}
