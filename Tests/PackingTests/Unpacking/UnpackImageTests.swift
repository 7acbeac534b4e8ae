import Archive
import CondaModel
import Image
import Install
import OCI
import Support
import TestKit
import Testing

@testable import Packing

import LibC

/// `--into`: an environment that is written into an image.
@Suite struct UnpackImageTests {
    let pack: PackUnderTest
    static let final = "/opt/app/env"

    init() throws { pack = try PackUnderTest() }

    static func has(_ program: ByteString) -> Bool { ExternalProgram.find(program) != nil }

    /// Everything that may go into an environment: links, folders, adapted files, scripts, wheels, variables.
    private func fill(_ pack: PackUnderTest, version: String = "1.0") throws {
        try UnpackPrefixTests.fill(pack)
        var data = CondaBuilder("data", version: version)
        data.file("share/data/one.txt", "one \(version)\n", mode: 0o664)
        data.file("share/data/tool", [UInt8](repeating: 7, count: 3 << 20), mode: 0o755)
        data.file("share/data/again", [UInt8](repeating: 7, count: 3 << 20), mode: 0o755)
        data.symlink("share/link", to: "data/one.txt")
        data.payload.hardlink("share/data/twin", to: "share/data/one.txt")
        data.listed(#"{"_path": "share/data/twin", "path_type": "hardlink"}"#)
        data.listed(#"{"_path": "share/empty", "path_type": "directory"}"#)
        let long = "share/" + String(repeating: "long-name-", count: 12) + "/" + String(repeating: "x", count: 120)
        data.file(long, "long")
        data.symlink("share/far", to: long)
        try pack.add(data)
        var wheel = WheelBuilder("w", "1.0")
        wheel.add("w.py", "x = 1\n")
        wheel.entryPoints = "[console_scripts]\nw = w:main\n"
        try pack.directory.write(
            "pack/pypi/w-1.0-py3-none-any.whl",
            wheel.archive { "sha256=" + Base64.url.encode(SHA256Hasher.hash($0).bytes) })
    }

    private func image(
        _ target: String, jobs: Int = 2, of pack: PackUnderTest? = nil,
        _ configure: (inout ImageOptions) throws -> Void = { _ in }
    ) throws -> ImageSummary {
        let pack = pack ?? self.pack
        try pack.writeIndexes()
        var options = UnpackOptions()
        options.jobs = jobs
        options.prefix = try FinalPrefix(named: ByteString(Self.final))
        var image = ImageOptions(try ImageTarget(argument: ByteString(target)))
        try configure(&image)
        return try Unpacker(options, reporter: pack.messages).unpack(.path(pack.directory("pack")), into: image)
    }

    private func run(_ words: [String]) throws {
        let outcome = try ChildProcess.run(
            ["/usr/bin/env"] + words,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": pack.directory.path.lossyString],
            in: pack.directory.path)
        #expect(outcome.status == 0, "\(words): \(outcome.errors) \(outcome.output)")
    }

    private func bytes(_ path: String) throws -> [UInt8] { try File.open(pack.directory(path)).slice().readAll() }

    /// Kind, mode, time and content of everything in a folder.
    private func listing(_ root: ByteString, _ folder: ByteString = "") throws -> [ByteString: String] {
        var found: [ByteString: String] = [:]
        for name in try Sys.list(root.appending(path: folder)) {
            let path = folder.isEmpty ? name : folder.appending(path: name)
            let full = root.appending(path: path)
            let status = try Sys.stat(full, followLinks: false)
            let mode = String(UInt32(status.st_mode) & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                found[path] = "folder \(mode)"
                found.merge(try listing(root, path)) { first, _ in first }
            case S_IFLNK: found[path] = "link \(try Sys.readlink(full))"
            default:
                // What the installation makes has the time of the installation on the disk.
                let isPackaged = path.hasPrefix("share/") || path.hasPrefix("bin/python")
                let time = isPackaged ? "\(status.st_mtim.tv_sec)" : ""
                let bytes = path == "conda-meta/history" ? [] : try File.open(full).slice().readAll()
                let content = SHA256Hasher.hash(bytes).hex
                found[path] = "file \(mode) \(time) \(content)"
            }
        }
        return found
    }

    /// The environment as it is on the disk, with its script in it.
    private func folder() throws -> [ByteString: String] {
        let final = try FinalPrefix(named: ByteString(Self.final))
        let environment = try pack.unpack { $0.prefix = final }
        var expected = try listing(environment.path)
        expected["activate.sh"] = try listing(pack.directory("out"))["activate.sh"]
        return expected
    }

    private func compare(_ path: String) throws {
        let (found, expected) = (try listing(pack.directory(path)), try folder())
        #expect(Set(found.keys) == Set(expected.keys))
        for (name, text) in expected { #expect(found[name] == text, "\(name)") }
    }

    @Test("a tar has what a folder would have", arguments: ["env.tar", "env.tar.zst", "env.tar.gz"])
    func tar(_ name: String) throws {
        try fill(pack)
        _ = try image(pack.directory(name).lossyString)
        try Sys.mkdir(pack.directory("x"))
        try run(["tar", "-C", "x", "-xpf", name])
        try compare("x")
    }

    @Test("equal bytes, whatever the number of workers, the place of the pack and the umask")
    func reproducible() throws {
        try fill(pack)
        let other = try PackUnderTest()
        try fill(other)
        _ = try image(pack.directory("a.tar").lossyString, jobs: 1)
        _ = try image(pack.directory("b.tar").lossyString, jobs: 7, of: other)
        #expect(try bytes("a.tar") == bytes("b.tar"))
        _ = try image("oci:\(pack.directory("a")):t", jobs: 1)
        _ = try image("oci:\(pack.directory("b")):t", jobs: 7, of: other)
        #expect(try bytes("a/index.json") == bytes("b/index.json"))
    }

    @Test("a SquashFS has what a folder would have, and is the same twice", .enabled(if: has("sqfstar")))
    func squashFS() throws {
        try fill(pack)
        _ = try image(pack.directory("a.squashfs").lossyString, jobs: 1)
        _ = try image(pack.directory("b.squashfs").lossyString, jobs: 5)
        #expect(try bytes("a.squashfs") == bytes("b.squashfs"))
        // Two files of 3 MiB with one content, which is one byte again and again.
        #expect(try bytes("a.squashfs").count < 100 << 10)
        try run(["unsquashfs", "-no-progress", "-d", "x", "a.squashfs"])
        try compare("x")
        let outcome = try ChildProcess.run(
            ["/usr/bin/unsquashfs", "-s", pack.directory("a.squashfs").lossyString],
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.output.contains("Compression zstd"))
        #expect(outcome.output.contains("Block size 1048576"))
    }

    @Test("a container image has variables, layers and settings; another version of a package changes few layers")
    func container() throws {
        try fill(pack)
        let path = pack.directory("layout").lossyString
        let summary = try image("oci:\(path):one") {
            $0.container.entrypoint = ["python3.12", "-m", "app"]
            $0.container.user = "1000:1000"
            $0.container.labels = [("org.example", "x")]
        }
        let layout = try OCILayout.open(ByteString(path))
        let found = try layout.find(tag: "one")
        #expect(found.digest == summary.digest)
        guard case .manifest(let manifest) = try OCIContent(layout.document(found)) else {
            Issue.record("no manifest")
            return
        }
        let config = try JSONDocument(layout.document(manifest.config)).root
        let settings = config["config"]
        let environment = settings?["Env"]?.elements?.compactMap(\.string) ?? []
        #expect(environment.contains("CONDA_PREFIX=/opt/app/env") && environment.contains("APP=1"))
        #expect(environment.first?.hasPrefix("PATH=/opt/app/env/bin:/usr/local/sbin:") == true)
        #expect(settings?["Entrypoint"]?.elements?.compactMap(\.string) == ["python3.12", "-m", "app"])
        #expect(settings?["User"]?.string == "1000:1000")
        #expect(settings?["Labels"]?["org.example"]?.string == "x")
        #expect(config["rootfs"]?["diff_ids"]?.elements?.count == manifest.layers.count)
        let other = try PackUnderTest()
        try fill(other, version: "2.0")
        _ = try image("oci:\(path):two", of: other)
        guard case .manifest(let second) = try OCIContent(layout.document(layout.find(tag: "two"))) else {
            Issue.record("the second image is no manifest")
            return
        }
        let old = Set(manifest.layers.map(\.digest.hex))
        // The changed package, and what the installation writes.
        #expect(second.layers.count { !old.contains($0.digest.hex) } == 2)
    }

    @Test("skopeo reads it and umoci unpacks it, on a base image as well", .enabled(if: has("umoci") && has("skopeo")))
    func unpacked() throws {
        try fill(pack)
        let path = pack.directory("layout").lossyString
        _ = try image("oci:\(path):base")
        _ = try image("oci:\(path):app") {
            $0.base = try OCIReference(argument: ByteString("oci:\(path):base"))
            $0.container.user = "7"
        }
        try run(["skopeo", "inspect", "oci:\(path):app"])
        try run(["umoci", "unpack", "--rootless", "--image", "\(path):app", "bundle"])
        let root = pack.directory("bundle/rootfs/opt/app")
        let found = try listing(root.appending(path: "env"))
        var expected = try folder()
        let script = expected.removeValue(forKey: "activate.sh")
        #expect(Set(found.keys) == Set(expected.keys))
        for (name, text) in expected { #expect(found[name] == text, "\(name)") }
        #expect(try listing(root)["activate.sh"] == script)
    }

    @Test("nothing is left of an image that fails") func failing() throws {
        try fill(pack)
        try pack.directory.write("pack/channel/\(PackUnderTest.subdir)/data-1.0-0.conda", [1, 2, 3])
        let before = try Sys.list(pack.directory.path).count
        for name in ["env.tar", "env.squashfs"] where name == "env.tar" || Self.has("sqfstar") {
            #expect(throws: Failure.self) { try image(pack.directory(name).lossyString) }
        }
        #expect(try Sys.list(pack.directory.path).count == before)
    }

    @Test("names that say nothing, and packs for no container, are refused") func names() throws {
        #expect(throws: Failure.self) { try ImageTarget(argument: "env") }
        #expect(throws: Failure.self) { try ImageTarget(argument: "oci://host/name") }
        #expect(throws: Failure.self) {
            try ImageTarget(argument: ByteString("oci://host/name:tag@sha256:\(String(repeating: "0", count: 64))"))
        }
        #expect(try ImageTarget(argument: "a/B.SQUASHFS") == .squashFS("a/B.SQUASHFS"))
        pack.manifest = #"{"version": "1", "platform": "osx-64"}"#
        try UnpackPrefixTests.fill(pack, subdir: "osx-64")
        #expect(throws: Failure.self) { try image("oci:\(pack.directory("layout")):t") }
        _ = try image(pack.directory("mac.tar").lossyString)
    }
}
