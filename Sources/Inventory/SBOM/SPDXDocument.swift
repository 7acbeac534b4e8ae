import CondaModel
import Support

/// A bill of materials in the format SPDX 2.3.
struct SPDXDocument {
    private let bill: BillOfMaterials
    private let licenses: Licenses
    private static let root = "SPDXRef-Environment"
    private static let nothing = "NOASSERTION"

    init(_ bill: BillOfMaterials) {
        self.bill = bill
        licenses = Licenses(bill.inventory.items)
    }

    /// The licences as the document writes them: expressions, and references to texts for licences that are not
    /// expressions.
    private struct Licenses {
        /// By the licence that the package gives.
        private var written: [ByteString: String] = [:]
        /// In the order of the packages.
        private(set) var references: [(identifier: String, text: String)] = []

        init(_ items: [Inventory.Item]) {
            for license in items.compactMap(\.license) where !license.isEmpty {
                let key = ByteString(license)
                if written[key] != nil { continue }
                if let expression = LicenseExpression(license) {
                    written[key] = expression.text
                    for name in expression.references where !references.contains(where: { $0.identifier == name }) {
                        references.append((name, "The package names its licence '\(name)'."))
                    }
                } else {
                    let identifier = "LicenseRef-pixi-pack-\(references.count + 1)"
                    written[key] = identifier
                    references.append((identifier, license))
                }
            }
        }

        func text(_ license: String?) -> String {
            license.flatMap { written[ByteString($0)] } ?? SPDXDocument.nothing
        }
    }

    var bytes: [UInt8] {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.member("spdxVersion", "SPDX-2.3")
            writer.member("dataLicense", "CC0-1.0")
            writer.member("SPDXID", "SPDXRef-DOCUMENT")
            writer.member("name", "\(bill.name)-\(bill.inventory.platform.rawValue)")
            writer.member("documentNamespace", "https://spdx.org/spdxdocs/pixi-pack-\(bill.identifier)")
            writer.key("creationInfo")
            writer.object { writer in
                writer.member("created", bill.time)
                writer.member("creators", ["Tool: pixi-pack-\(bill.producer)"])
            }
            writer.key("packages")
            writer.array { writer in
                writer.object { writeRoot(&$0) }
                for place in bill.inventory.items.indices { writer.object { write(place, &$0) } }
            }
            if !licenses.references.isEmpty {
                writer.objects("hasExtractedLicensingInfos", licenses.references) { writer, reference in
                    writer.member("licenseId", reference.identifier)
                    writer.member("extractedText", reference.text)
                }
            }
            writer.key("relationships")
            writer.array { writer in
                relate("SPDXRef-DOCUMENT", "DESCRIBES", SPDXDocument.root, &writer)
                for place in bill.graph.roots { relate(SPDXDocument.root, "DEPENDS_ON", identifier(place), &writer) }
                for (place, needed) in bill.graph.dependencies.enumerated() {
                    for other in needed { relate(identifier(place), "DEPENDS_ON", identifier(other), &writer) }
                }
            }
        }
        return writer.bytes + [0x0A]
    }

    private func writeRoot(_ writer: inout JSONWriter) {
        writer.member("name", bill.name)
        writer.member("SPDXID", SPDXDocument.root)
        writer.member("versionInfo", bill.version)
        writer.member("supplier", "Organization: \(bill.supplier)")
        writer.member("downloadLocation", SPDXDocument.nothing)
        writer.key("filesAnalyzed")
        writer.value(false)
        writer.member("licenseConcluded", SPDXDocument.nothing)
        writer.member("licenseDeclared", SPDXDocument.nothing)
        writer.member("copyrightText", SPDXDocument.nothing)
        let remarks = bill.remarks.map { "\($0.name): \($0.value)" }
        if !remarks.isEmpty { writer.member("comment", remarks.joined(separator: "\n")) }
    }

    /// An identifier may only have letters, digits, `.` and `-`. The number keeps similar names apart.
    private func identifier(_ place: Int) -> String {
        let name = bill.inventory.items[place].name.text.utf8.map { isIdentifierByte($0) ? $0 : UInt8(ascii: "-") }
        return "SPDXRef-Package-\(place + 1)-\(String(decoding: name, as: UTF8.self))"
    }

    private func write(_ place: Int, _ writer: inout JSONWriter) {
        let item = bill.inventory.items[place]
        writer.member("name", item.name.text)
        writer.member("SPDXID", identifier(place))
        writer.member("versionInfo", item.version)
        writer.member("packageFileName", item.path.bytes.lossyString)
        writer.member("supplier", "Organization: \(bill.supplier(of: item))")
        writer.member("downloadLocation", item.downloadURL ?? SPDXDocument.nothing)
        writer.key("filesAnalyzed")
        writer.value(false)
        if item.sha256 != nil || item.md5 != nil {
            writer.key("checksums")
            writer.array { writer in
                for (algorithm, value) in [("MD5", item.md5?.hex), ("SHA256", item.sha256?.hex)] {
                    guard let value else { continue }
                    writer.object { writer in
                        writer.member("algorithm", algorithm)
                        writer.member("checksumValue", value)
                    }
                }
            }
        }
        writer.member("licenseConcluded", SPDXDocument.nothing)
        writer.member("licenseDeclared", licenses.text(item.license))
        writer.member("copyrightText", SPDXDocument.nothing)
        let purls = ([item.packageURL.text] + (item.purls ?? [])).map { ("PACKAGE-MANAGER", "purl", $0) }
        let cpe = PlatformName(item).map { [("SECURITY", "cpe23Type", $0.text)] } ?? []
        writer.objects("externalRefs", purls + cpe) { writer, reference in
            writer.member("referenceCategory", reference.0)
            writer.member("referenceType", reference.1)
            writer.member("referenceLocator", reference.2)
        }
    }

    private func relate(_ from: String, _ kind: String, _ to: String, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("spdxElementId", from)
            writer.member("relationshipType", kind)
            writer.member("relatedSpdxElement", to)
        }
    }
}
