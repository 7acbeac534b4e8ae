import Inventory
import Support
import TestKit
import Testing

@testable import Components

@Suite("What the executable consists of") struct ComponentsTests {
    /// gzip of a document as `.ci/build/components.py` writes it.
    private static let document = """
        H4sIAAAAAAACA32QMQ+CQAyF/wrpKojgYMKEcXJwc1OGHlS8gD1yINEQ/ruFQUEThxvevX59L+2g1ClxTRDBQTOdGVxIza0yTNzU
        EJ06YLwNNorTkq21YVFBFHpr+Zng+6Po6m5LEVWRRxkpX55G9jH+zCuLVtOwehC4REgEw7TAnGaBg+tl1P7mLlQAvVANPcaOKzdI
        evcNqhkR/m+ZE5PVqa/i8KvevNYkLnA3yTQedqZ6Wp1fG2c7HvAohmMujoSJTvoX6RyEw2YBAAA=
        """

    private func load(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> ExecutableComponents {
        var bytes = try #require(Base64.standard.decode(Array(ComponentsTests.document.utf8.filter { $0 != 0x0A })))
        change(&bytes)
        return try bytes.withUnsafeBytes { try ExecutableComponents(compressed: $0) }
    }

    @Test("a release knows its components, and the texts each is passed on with") func built() throws {
        let contents = try load()
        #expect(
            contents.components == [
                SoftwareComponent(
                    name: "a", version: "1:2-3", license: "MIT", packageURL: "pkg:deb/debian/a@1:2-3",
                    libraries: ["liba.a"], packages: [.init(name: "liba-dev", version: "1:2-3+b1")]),
                SoftwareComponent(name: "b", version: "2", license: "MIT", packageURL: "pkg:generic/b@2"),
            ])
        #expect(contents.ownLicense == "Mine\n")
        #expect(
            contents.notices == [
                .init(components: ["a"], text: "Copyright A\n"), .init(components: ["a", "b"], text: "Text of MIT\n"),
            ])
    }

    @Test("a damaged list is an error") func damaged() throws {
        #expect(throws: Failure.self) { try load { $0.removeLast(5) } }
        #expect(throws: Failure.self) { try load { $0[40] ^= 0xFF } }
        #expect(throws: Failure.self) { try load { $0 = [] } }
        // A length of 4 GiB, for which no memory is taken.
        #expect(throws: Failure.self) {
            try load { $0.replaceSubrange(($0.count - 4)..., with: [255, 255, 255, 255]) }
        }
    }

    @Test("other builds ask their libraries for their versions") func asked() throws {
        let components = LinkedLibraries.ask()
        #expect(
            components.map(\.name).filter { $0 != "glibc" && $0 != "nghttp2" } == [
                "bzip2", "curl", "libarchive", "libdeflate", "libyaml", "libzstd", "openssl", "zlib",
            ])
        for component in components {
            #expect(component.version.first?.isNumber == true, "\(component)")
            #expect(component.version.contains("."), "\(component)")
            #expect(component.license == nil)
        }
    }
}
