import CondaModel
import Support

/// A bill of materials in the format CycloneDX 1.6.
struct CycloneDXDocument {
    private let bill: BillOfMaterials
    private static let root = "environment"

    init(_ bill: BillOfMaterials) { self.bill = bill }

    var bytes: [UInt8] {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.member("bomFormat", "CycloneDX")
            writer.member("specVersion", "1.6")
            writer.member("serialNumber", "urn:uuid:\(bill.identifier)")
            writer.member("version", Optional(1))
            writer.key("metadata")
            writer.object { writeMetadata(&$0) }
            writer.key("components")
            writer.array { writer in
                for place in bill.inventory.items.indices { writer.object { write(place, &$0) } }
            }
            writer.key("dependencies")
            writer.array { writer in
                writeDependencies(CycloneDXDocument.root, bill.graph.roots, &writer)
                for (place, needed) in bill.graph.dependencies.enumerated() {
                    writeDependencies(reference(place), needed, &writer)
                }
            }
        }
        return writer.bytes + [0x0A]
    }

    private func supplier(_ name: String, _ writer: inout JSONWriter) {
        writer.key("supplier")
        writer.object { $0.member("name", name) }
    }

    private func writeMetadata(_ writer: inout JSONWriter) {
        writer.member("timestamp", bill.time)
        writer.key("tools")
        writer.object { writer in
            writer.key("components")
            writer.array { writer in
                writer.object { writer in
                    writer.member("type", "application")
                    writer.member("name", "pixi-pack")
                    writer.member("version", bill.producer)
                }
            }
        }
        writer.key("component")
        writer.object { writer in
            writer.member("type", "application")
            writer.member("bom-ref", CycloneDXDocument.root)
            writer.member("name", bill.name)
            writer.member("version", bill.version)
            supplier(bill.supplier, &writer)
            writer.key("properties")
            writer.array { writer in
                property("pixi-pack:platform", bill.inventory.platform.rawValue, &writer)
                for remark in bill.remarks { property("pixi-pack:\(remark.name)", remark.value, &writer) }
            }
        }
    }

    /// The path in the pack, which is different for every package.
    private func reference(_ place: Int) -> String { bill.inventory.items[place].path.bytes.lossyString }

    private func write(_ place: Int, _ writer: inout JSONWriter) {
        let item = bill.inventory.items[place]
        writer.member("type", "library")
        writer.member("bom-ref", reference(place))
        writer.member("name", item.name.text)
        writer.member("version", item.version)
        supplier(bill.supplier(of: item), &writer)
        if item.sha256 != nil || item.md5 != nil {
            writer.key("hashes")
            writer.array { writer in
                for (algorithm, content) in [("MD5", item.md5?.hex), ("SHA-256", item.sha256?.hex)] {
                    guard let content else { continue }
                    writer.object { writer in
                        writer.member("alg", algorithm)
                        writer.member("content", content)
                    }
                }
            }
        }
        if let license = item.license, !license.isEmpty {
            writer.key("licenses")
            writer.array { writer in writer.object { CycloneDXDocument.write(license: license, &$0) } }
        }
        writer.member("cpe", PlatformName(item)?.text)
        writer.member("purl", item.packageURL.text)
        if let url = item.downloadURL {
            writer.key("externalReferences")
            writer.array { writer in
                writer.object { writer in
                    writer.member("type", "distribution")
                    writer.member("url", url)
                }
            }
        }
        writer.key("properties")
        writer.array { writer in
            if let size = item.size { property("pixi-pack:size", "\(size)", &writer) }
            for purl in item.purls ?? [] { property("pixi-pack:purl", purl, &writer) }
        }
    }

    static func write(license: String, _ writer: inout JSONWriter) {
        guard let expression = LicenseExpression(license) else {
            writer.key("license")
            writer.object { $0.member("name", license) }
            return
        }
        if expression.isSimple {
            writer.key("license")
            writer.object { $0.member("id", expression.text) }
        } else {
            writer.member("expression", expression.text)
        }
    }

    private func property(_ name: String, _ value: String, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("value", value)
        }
    }

    private func writeDependencies(_ reference: String, _ needed: [Int], _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ref", reference)
            if !needed.isEmpty { writer.member("dependsOn", needed.map(self.reference)) }
        }
    }
}
