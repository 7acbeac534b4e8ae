import Support
import TestKit
import Testing

@testable import OCI

@Suite struct OCILayoutTests {
    @Test func keepsWhatWasPutAndFindsItByTagAndDigest() throws {
        let folder = try TemporaryDirectory()
        let layout = try OCILayout.create(folder("layout"))
        let layer = try layout.put(Array("hello".utf8), mediaType: "text/plain")
        let config = try layout.put(Array("{}".utf8), mediaType: OCIMediaType.empty)
        var manifest = OCIManifest(config: config, layers: [layer])
        manifest.annotations[OCIAnnotation.version] = "1"
        let descriptor = try layout.put(manifest)
        try layout.tag(descriptor, as: "1.4")
        try layout.tag(descriptor, as: "latest")
        let opened = try OCILayout.open(layout.path)
        #expect(try opened.find(tag: "1.4").digest == descriptor.digest)
        #expect(try opened.find(tag: nil, digest: descriptor.digest).digest == descriptor.digest)
        #expect(try OCIContent(opened.document(descriptor)) == .manifest(manifest))
        #expect(try opened.verifiedBlob(layer).readAll() == Array("hello".utf8))
        #expect(try opened.index().manifests.count == 2)
        // A tag moves.
        manifest.annotations[OCIAnnotation.version] = "2"
        try layout.tag(try layout.put(manifest), as: "latest")
        #expect(try opened.index().manifests.count == 2)
        #expect(try opened.find(tag: "latest").digest != descriptor.digest)
        let failure = #expect(throws: Failure.self) { try opened.find(tag: "2.0") }
        #expect(failure?.message.contains("1.4, latest") == true)
    }

    @Test func refusesBlobsThatAreNotWhatTheirNameSays() throws {
        let folder = try TemporaryDirectory()
        let layout = try OCILayout.create(folder("layout"))
        let layer = try layout.put(Array("hello".utf8), mediaType: "text/plain")
        try WholeFile.write(
            Array("jello".utf8),
            to: layout.path.appending(path: "blobs/sha256").appending(path: ByteString(layer.digest.hex)),
            umask: 0o022)
        #expect(throws: Failure.self) { try layout.verifiedBlob(layer) }
        #expect(throws: Failure.self) { try layout.document(layer) }
    }

    @Test func readsReferencesAsContainerToolsWriteThem() throws {
        let hex = String(repeating: "ab", count: 32)
        func read(_ text: String) throws -> OCIReference? { try OCIReference(argument: ByteString(text)) }
        let tagged = try #require(try read("oci://localhost:5000/team/app:1.4@sha256:\(hex)"))
        #expect(tagged.place == .registry(OCIRepositoryName(host: "localhost:5000", name: "team/app")))
        #expect(tagged.tag == "1.4" && tagged.digest?.hex == hex)
        let layout = try #require(try read("oci:some/dir:v1"))
        #expect(layout.place == .layout("some/dir") && layout.tag == "v1")
        #expect(try read("oci:/a:b/c")?.place == .layout("/a:b/c"))
        #expect(try read("oci:dir@sha256:\(hex)")?.digest?.hex == hex)
        #expect(try read("environment.tar") == nil)
        for wrong in [
            "oci://", "oci://host", "oci://host/App:1", "oci://host/app:-x", "oci:", "oci://host/app@sha256:ab",
            "oci://u@h/app", "oci://host/a//b",
        ] {
            #expect(throws: Failure.self, "\(wrong)") { try read(wrong) }
        }
    }
}
