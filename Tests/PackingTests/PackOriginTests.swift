import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite("Where packs say packages come from") struct PackOriginTests {
    let directory: TemporaryDirectory
    private var request: PackRequest

    init() throws {
        directory = try TemporaryDirectory()
        request = PackRequest(manifest: directory("workspace"), version: "1.0.0")
        request.planCheck = .none
        request.recordsContents = true
        request.output = .file(directory("out.tar"))
    }

    /// A package of the lock file at any place.
    private func add(_ name: String, at location: String, to workspace: inout WorkspaceBuilder) {
        workspace.add(
            "conda", "\"\(location)\"",
            ["sha256: \(SHA256Hasher.hash(Array(name.utf8)).hex)", "subdir: linux-64", "size: \(name.utf8.count)"])
    }

    /// Where the pack says its package comes from: URL and channel.
    private func origin(_ name: String) throws -> [String?] {
        let contents = try #require(try PackContents.read(JSONDocument(text("pixi-pack.json")).root))
        let member = try #require(contents.members.first { $0.path.lastComponent.hasPrefix(ByteString(name)) })
        return [member.url, member.channel]
    }

    private func text(_ name: String) throws -> [UInt8] {
        try #require(try PackReader.open(directory("out.tar"))[name]).open().readAll()
    }

    @Test("a package of a local channel has the place the lock file names, as rattler records it")
    func localChannels() throws {
        var workspace = WorkspaceBuilder(in: directory)
        let root = directory.path.lossyString
        for (name, folder) in [("a", "c/linux-64"), ("b", "c h+a!n%20é/linux-64"), ("d", "some folder")] {
            try directory.write("\(folder)/\(name)-1.0-0.conda", name)
        }
        add("a", at: "file://\(root)/c/linux-64/a-1.0-0.conda", to: &workspace)
        add("b", at: "\(root)/c h+a!n%20é/linux-64/b-1.0-0.conda", to: &workspace)
        add("d", at: "\(root)/some folder/d-1.0-0.conda", to: &workspace)
        try workspace.write()
        try request.pack()
        #expect(try origin("a") == ["file://\(root)/c/linux-64/a-1.0-0.conda", "file://\(root)/c"])
        let odd = "file://\(root)/c%20h+a!n%2520%C3%A9"
        #expect(try origin("b") == ["\(odd)/linux-64/b-1.0-0.conda", odd])
        // No folder of a platform: conda, too, takes the folder for the channel.
        #expect(try origin("d") == ["file://\(root)/some%20folder/d-1.0-0.conda", "file://\(root)/some%20folder"])
    }

    @Test("a path that counts from the lock file says nothing elsewhere, and two checkouts make the same pack")
    func relativePaths() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("a-1.0-0.conda", [1])
        try workspace.write()
        try request.pack()
        #expect(try origin("a") == [nil, nil])
    }
}
