import Support
import TestKit
import Testing

/// Whole packs behind URLs: how often a server is asked, and what keeps them in clouds.
@Suite("Packs behind URLs", .enabled(if: Executable.isLinux64))
final class RemotePackTests: ShellSuite {
    /// Writes a workspace of packages of 3 kB and more, of which the first one has the given version.
    private func workspace(_ name: String, packages: Int, first: String, wheels: Int = 0) throws {
        var workspace = WorkspaceBuilder(in: directory, folder: name)
        for number in 1...packages {
            let version = number == 1 ? first : "1.0"
            var package = CondaBuilder("package\(number)", version: version)
            var generator = SeededGenerator(seed: UInt64(number) &* 1000 &+ UInt64(first.utf8.count))
            package.file("share/package\(number)", version + "\n")
            package.file("share/data\(number)", generator.bytes(6000))
            try workspace.conda("package\(number)-\(version)-0.conda", package.conda())
        }
        for number in 0..<wheels {
            var wheel = WheelBuilder("tool\(number)", "1.0")
            wheel.add("tool\(number).py", (0..<9000).map { _ in UInt8.random(in: 0...255) })
            try workspace.wheel(wheel.fileName, wheel.archive { _ in "" }, name: "tool\(number)", version: "1.0")
        }
        try workspace.write()
    }

    /// How often the server was asked since it was asked last.
    private func requests() throws -> Int {
        let count = try require("wc -l < www/requests; : > www/requests")
        return Int(count.filter(\.isNumber)) ?? -1
    }

    @Test("the list of a pack of a hundred packages comes with one question, and an update asks for what is new")
    func hundred() throws {
        try workspace("one", packages: 100, first: "1.0")
        try workspace("two", packages: 100, first: "2.0")
        try require("mkdir www && pack -o www/one.tar one && pack -o www/two.tar two && : > www/requests")
        let server = try ServerProcess(script: "range_server.py", [directory("www").lossyString])
        let url = "http://127.0.0.1:\(try server.readLine())"
        try require("unpack -q -o env1 \(url)/one.tar")
        // The beginning, the end with the list, the small files; then the packages.
        #expect(try requests() <= 105)
        try require("unpack -q -o env1 \(url)/two.tar")
        #expect(try requests() <= 6)
        try require("unpack -q -o env2 www/two.tar && diff -r env1/env/share env2/env/share")
        try require("unpack list \(url)/two.tar 2>/dev/null || unpack inspect \(url)/two.tar")
        #expect(try requests() <= 5)
        // A pack that does not list its files is read by its headers.
        try require("pack --compat strict -o www/strict.tar two && unpack -q -o env3 \(url)/strict.tar")
        try require("diff -r env3/env/share env2/env/share")
        #expect(try requests() > 150)
        withExtendedLifetime(server) {}
    }

    @Test("behind the list of a pack with wheels no header is read; one that is not true of the tar does not count")
    func wheels() throws {
        try workspace("one", packages: 10, first: "1.0", wheels: 40)
        try workspace("two", packages: 10, first: "2.0", wheels: 40)
        let options = "--no-plan-check"
        try require("mkdir www && pack \(options) -o www/one.tar one && pack \(options) -o www/two.tar two")
        // The same files in another order, as tar writes them: the list says nothing of places then.
        try require(
            "mkdir x && tar -xf www/two.tar -C x && tar -cf www/other.tar -C x pixi-pack.json pypi environment.yml channel"
        )
        try require(": > www/requests")
        let server = try ServerProcess(script: "range_server.py", [directory("www").lossyString])
        let url = "http://127.0.0.1:\(try server.readLine())"
        try require("unpack fetch -q \(url)/two.tar --base www/one.tar -o copy.tar && cmp copy.tar www/two.tar")
        // The wheels differ as they are made of random bytes.
        #expect(try requests() < 75)
        try require("unpack fetch -q \(url)/other.tar --base www/one.tar -o copy2.tar && cmp copy2.tar www/two.tar")
        withExtendedLifetime(server) {}
    }

    // MARK: Clouds

    /// All that can be done with a pack that lies elsewhere.
    private func tryAll(_ place: String, _ variables: [String: String]) throws {
        for name in ["two.tar", "two.tar.zst"] {
            try require(
                "rm -rf env && unpack -q -o env \(place)/\(name) && diff -r env/env/share local/env/share", variables)
        }
        try require("unpack -q -o old www/one.tar && unpack -q -o old \(place)/two.tar", variables)
        try require("diff -r old/env/share local/env/share && unpack verify --env old/env")
        try require("unpack fetch -q \(place)/two.tar -o c.tar && cmp c.tar www/two.tar", variables)
        try require("unpack fetch -q \(place)/two.tar --base www/one.tar -o d.tar && cmp d.tar www/two.tar", variables)
        let lists = try require(
            "unpack inspect \(place)/two.tar && unpack verify \(place)/two.tar && \"$pack\" list \(place)/two.tar",
            variables)
        #expect(lists.contains("package3"))
        try require("pack --base \(place)/one.tar -o delta.tar two", variables)
        try require(
            "rm -rf env && unpack -q -o env --base \(place)/one.tar delta.tar && diff -r env/env/share local/env/share",
            variables)
        let missing = try shell("unpack -q -o none \(place)/none.tar", variables)
        #expect(missing.status == 3 && missing.errors.contains("404"), "\(missing.errors)")
    }

    /// Puts the packs into a bucket of a server of Tests/Servers.
    private func start(_ script: String) throws -> (server: ServerProcess, port: Substring) {
        try workspace("one", packages: 4, first: "1.0")
        try workspace("two", packages: 4, first: "2.0")
        try require("mkdir www && pack -o www/one.tar one && pack -o www/two.tar two && pack -o www/two.tar.zst two")
        try require("unpack -q -o local www/two.tar")
        let server = try ServerProcess(script: script, python: ServerPython.path)
        let port = try server.readLine().split(separator: " ").last ?? ""
        for name in ["one.tar", "two.tar", "two.tar.zst"] {
            _ = try server.ask(#"{"key": "my packs/\#(name)", "file": "\#(directory("www").lossyString)/\#(name)"}"#)
        }
        return (server, port)
    }

    @Test("from S3", .enabled(if: ServerPython.has("moto.server, boto3"), "the Python package moto is not installed"))
    func s3() throws {
        let (server, port) = try start("s3_server.py")
        let answer = try JSONDocument(Array(server.ask("").utf8)).root
        var variables = [
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:\(port)", "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": answer["access"]?.string ?? "",
            "AWS_SECRET_ACCESS_KEY": answer["secret"]?.string ?? "",
        ]
        try tryAll("'s3://packages/my packs'", variables)
        variables["AWS_SECRET_ACCESS_KEY"] = "wrong"
        let refused = try shell("unpack -q -o none 's3://packages/my packs/two.tar'", variables)
        #expect(refused.status != 0 && refused.errors.contains("403"), "\(refused.errors)")
    }

    @Test(
        "from Google Cloud Storage",
        .enabled(
            if: ServerPython.has("gcp_storage_emulator"), "the Python package gcp-storage-emulator is not installed"))
    func google() throws {
        let (server, port) = try start("gcs_server.py")
        try tryAll("'gcs://packages/my packs'", ["STORAGE_EMULATOR_HOST": "http://127.0.0.1:\(port)"])
        withExtendedLifetime(server) {}
    }
}
