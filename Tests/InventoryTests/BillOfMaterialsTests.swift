import CondaModel
import Support
import Testing

@testable import Inventory

@Suite("Bills of materials") struct BillOfMaterialsTests {
    @Test(
        "valid licence expressions, spelt as the list spells them",
        arguments: [
            ("MIT", "MIT", true), ("bsd-3-clause", "BSD-3-Clause", true),
            ("Apache-2.0 OR MIT", "Apache-2.0 OR MIT", false),
            ("GPL-3.0-only WITH GCC-exception-3.1", "GPL-3.0-only WITH GCC-exception-3.1", false),
            ("(MIT AND Zlib)OR ISC", "(MIT AND Zlib) OR ISC", false), ("GPL-2.0+", "GPL-2.0+", true),
            ("Apache-2.0+", "Apache-2.0+", false), ("LicenseRef-Mine", "LicenseRef-Mine", false),
        ])
    func valid(_ text: String, _ written: String, _ isSimple: Bool) throws {
        let expression = try #require(LicenseExpression(text))
        #expect(expression.text == written)
        #expect(expression.isSimple == isSimple)
    }

    @Test(
        "what is no licence expression",
        arguments: [
            "", "BSD", "MIT and ISC", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH Zlib", "BSD License",
            "LicenseRef-", "LicenseRef-a_b", String(repeating: "(", count: 300),
        ])
    func invalid(_ text: String) { #expect(LicenseExpression(text) == nil) }

    @Test(
        "times",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_153_704_088, "2006-07-24T01:21:28Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"), (4_102_444_800, "2100-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func times(_ seconds: Int64, _ text: String) { #expect(BillOfMaterials.text(ofTime: seconds) == text) }

    @Test("names of the vulnerability database, where they are known and nothing better is") func platformNames() throws
    {
        func name(_ item: Inventory.Item) -> String? { PlatformName(item)?.text }
        #expect(name(try Make.conda("openssl", "3.5.2")) == "cpe:2.3:a:openssl:openssl:3.5.2:*:*:*:*:*:*:*")
        #expect(name(try Make.conda("zlib", "1!2.0+git")) == #"cpe:2.3:a:zlib:zlib:1\!2.0\+git:*:*:*:*:*:*:*"#)
        #expect(name(try Make.conda("openssl-like", "1")) == nil)
        var known = try Make.conda("openssl", "1")
        known.purls = ["pkg:pypi/openssl@1"]
        #expect(name(known) == nil)
        known.name = .pypi(try PyPIName("openssl"))
        known.purls = nil
        #expect(name(known) == nil)
        // Vendor and product need no quoting.
        for product in PlatformName.products.values {
            let parts = product.split(separator: ":")
            #expect(parts.count == 2 && product.utf8.allSatisfy { $0 != UInt8(ascii: "\\") && $0 > 0x20 }, "\(product)")
        }
    }

    @Test("package URLs") func purls() throws {
        var item = try Make.conda("a", "1!2.0", build: "h1_0")
        #expect(item.packageURL.text == "pkg:conda/a@1!2.0?build=h1_0&subdir=linux-64&type=conda")
        for (location, channel) in [
            ("https://host.invalid/forge/linux-64/a-1-0.conda", "forge"),
            ("https://host.invalid/t/***/team/forge/linux-64/a-1-0.conda", "team/forge"),
            ("https://host.invalid/linux-64/a-1-0.conda", nil), ("/some/where/linux-64/a-1-0.conda", nil),
        ] {
            item.location = location
            let expected = channel.map { "&channel=\($0)" } ?? ""
            #expect(item.packageURL.text == "pkg:conda/a@1!2.0?build=h1_0\(expected)&subdir=linux-64&type=conda")
        }
        #expect(try Make.wheel("w").packageURL.text == "pkg:pypi/w@1.0")
    }

    private func sample() throws -> Inventory {
        var old = try Make.conda("b", license: "Some licence")
        old.timestamp = 1_700_000_000
        old.location = "https://host.invalid/forge/linux-64/b-1.0-0.conda"
        old.md5 = MD5Digest(hex: "00112233445566778899aabbccddeeff")
        var new = try Make.conda("a", depends: ["b"], license: "MIT AND Zlib")
        new.timestamp = 1_709_251_199_000
        return Make.inventory([new, old, try Make.conda("c", depends: ["b"], license: "ISC")])
    }

    @Test("CycloneDX: components, licences, dependencies; dated like the newest package") func cyclonedx() throws {
        let bytes = BillOfMaterials(try sample(), producer: "1.2.3").document(.cyclonedx)
        let root = try JSONDocument(bytes).root
        #expect(root["specVersion"]?.string == "1.6")
        #expect(root["metadata"]?["timestamp"]?.string == "2024-02-29T23:59:59Z")
        let components = try #require(root["components"]?.elements).map { $0 }
        #expect(components.compactMap { $0["name"]?.string } == ["a", "b", "c"])
        func license(_ place: Int) -> JSONValue? { components[place]["licenses"]?.elements?.first { _ in true } }
        #expect(license(0)?["expression"]?.string == "MIT AND Zlib")
        #expect(license(1)?["license"]?["name"]?.string == "Some licence")
        #expect(license(2)?["license"]?["id"]?.string == "ISC")
        #expect(components[1]["hashes"]?.elements?.compactMap { $0["alg"]?.string } == ["MD5", "SHA-256"])
        let dependencies = try #require(root["dependencies"]?.elements).map { value in
            ([value["ref"]?.string ?? ""] + (value["dependsOn"]?.elements?.compactMap(\.string) ?? []))
                .map { $0.split(separator: "/").last.map(String.init) ?? "" }
        }
        #expect(
            dependencies == [
                ["environment", "a-1.0-0.conda", "c-1.0-0.conda"], ["a-1.0-0.conda", "b-1.0-0.conda"],
                ["b-1.0-0.conda"], ["c-1.0-0.conda", "b-1.0-0.conda"],
            ])
    }

    @Test("SPDX: packages, checksums, licences by reference, relationships") func spdx() throws {
        let bill = BillOfMaterials(try sample(), producer: "1.2.3", sourceDateEpoch: 0)
        let root = try JSONDocument(bill.document(.spdx)).root
        #expect(root["spdxVersion"]?.string == "SPDX-2.3")
        #expect(root["creationInfo"]?["created"]?.string == "1970-01-01T00:00:00Z")
        let packages = try #require(root["packages"]?.elements).map { $0 }
        #expect(packages.compactMap { $0["name"]?.string } == ["default", "a", "b", "c"])
        #expect(packages[2]["downloadLocation"]?.string == "https://host.invalid/forge/linux-64/b-1.0-0.conda")
        #expect(packages[1]["downloadLocation"]?.string == "NOASSERTION")
        #expect(
            packages.dropFirst().compactMap { $0["licenseDeclared"]?.string }
                == ["MIT AND Zlib", "LicenseRef-pixi-pack-1", "ISC"])
        let texts = root["hasExtractedLicensingInfos"]?.elements?.compactMap { $0["extractedText"]?.string }
        #expect(texts == ["Some licence"])
        #expect(root["relationships"]?.elements?.count == 5)
    }

    @Test("characters that hide are written as numbers: a bill may be looked at in a terminal") func hidden() throws {
        let evil = "MIT\u{9B}31m\u{202E}\u{200B}\u{2028}x"
        let inventory = Make.inventory([try Make.conda("a", license: evil)])
        for document in [
            BillOfMaterials(inventory, producer: "1").document(.cyclonedx),
            BillOfMaterials(inventory, producer: "1", sourceDateEpoch: 0).document(.spdx),
        ] {
            let text = String(decoding: document, as: UTF8.self)
            #expect(text.contains(#"\u009b31m\u202e\u200b\u2028x"#))
            #expect(!text.unicodeScalars.contains { "\u{9B}\u{202E}\u{200B}\u{2028}".unicodeScalars.contains($0) })
        }
    }

    @Test("the same set, the same bytes; another set, another identity") func identity() throws {
        for format in BillOfMaterials.Format.allCases {
            let first = BillOfMaterials(try sample(), producer: "1").document(format)
            #expect(first == BillOfMaterials(try sample(), producer: "1").document(format))
        }
        let other = Make.inventory([try Make.conda("z")])
        #expect(
            BillOfMaterials(try sample(), producer: "1").identifier
                != BillOfMaterials(other, producer: "1").identifier)
    }
}
