import Support
import Testing

@testable import Inventory

@Suite("Bill of materials of a program") struct SoftwareBillTests {
    private func bill(_ version: String = "1.0") -> SoftwareBill {
        SoftwareBill(
            of: SoftwareComponent(
                name: "program", version: version, license: "MIT", packageURL: "pkg:generic/program@1.0"),
            components: [
                SoftwareComponent(
                    name: "openssl", version: "3.0-1", license: "Apache-2.0",
                    packageURL: "pkg:deb/debian/openssl@3.0-1",
                    libraries: ["libcrypto.a"], packages: [.init(name: "libssl-dev", version: "3.0-1+b1")]),
                SoftwareComponent(name: "zlib", version: "1.3", license: "Zlib OR MIT"),
                SoftwareComponent(name: "unknown", version: "0"),
            ])
    }

    @Test("CycloneDX: the program, what it consists of, and that it needs it") func cyclonedx() throws {
        let bytes = bill().cycloneDX(time: "2026-01-02T00:00:00Z")
        #expect(bytes.last == 0x0A)
        let root = try JSONDocument(bytes).root
        #expect(root["specVersion"]?.string == "1.6")
        #expect(root["metadata"]?["timestamp"]?.string == "2026-01-02T00:00:00Z")
        #expect(root["metadata"]?["component"]?["name"]?.string == "program")
        let components = try #require(root["components"]?.elements.map { Array($0) })
        #expect(components.map { $0["version"]?.string } == ["3.0-1", "1.3", "0"])
        #expect(components[0]["purl"]?.string == "pkg:deb/debian/openssl@3.0-1")
        let licenses = components.map { $0["licenses"]?.elements.map { Array($0) }?.first }
        #expect(licenses[0]?["license"]?["id"]?.string == "Apache-2.0")
        #expect(licenses[1]?["expression"]?.string == "Zlib OR MIT")
        #expect(components[2]["licenses"] == nil)
        let properties = components[0]["properties"]?.elements.map { $0.compactMap { $0["value"]?.string } }
        #expect(properties == ["libcrypto.a", "libssl-dev 3.0-1+b1"])
        let needed = root["dependencies"]?.elements.map { Array($0) }?.first?["dependsOn"]
        #expect(
            needed?.elements.map { $0.compactMap(\.string) } == [
                "pkg:deb/debian/openssl@3.0-1", "zlib@1.3", "unknown@0",
            ])
    }

    @Test("the same components give the same bytes, others another identifier") func reproducible() throws {
        let time = "2026-01-02T00:00:00Z"
        #expect(bill().cycloneDX(time: time) == bill().cycloneDX(time: time))
        let serials = try [bill(), bill("1.1")].map {
            try JSONDocument($0.cycloneDX(time: time)).root["serialNumber"]?.string
        }
        #expect(serials[0]?.hasPrefix("urn:uuid:") == true)
        #expect(serials[0] != serials[1])
    }
}
