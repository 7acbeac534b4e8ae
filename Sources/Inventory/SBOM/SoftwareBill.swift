import Support

/// The bill of materials of a program: what the program itself consists of, not a pack. Equal components give equal
/// bytes.
public struct SoftwareBill: Sendable {
    /// The program.
    public let program: SoftwareComponent
    /// What it consists of, sorted by name.
    public let components: [SoftwareComponent]

    public init(of program: SoftwareComponent, components: [SoftwareComponent]) {
        self.program = program
        self.components = components
    }

    /// The document in the format CycloneDX 1.6, with a line feed at its end.
    ///
    /// - Parameter time: the date of the document, for example `2024-01-31T23:59:59Z`.
    public func cycloneDX(time: String) -> [UInt8] {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.member("bomFormat", "CycloneDX")
            writer.member("specVersion", "1.6")
            writer.member("serialNumber", "urn:uuid:\(identifier(time: time))")
            writer.member("version", Optional(1))
            writer.key("metadata")
            writer.object { writer in
                writer.member("timestamp", time)
                writer.key("component")
                writer.object { SoftwareBill.write(program, type: "application", to: &$0) }
            }
            writer.objects("components", components) { SoftwareBill.write($1, type: "library", to: &$0) }
            writer.key("dependencies")
            writer.array { writer in
                writer.object { writer in
                    writer.member("ref", program.reference)
                    writer.member("dependsOn", components.map(\.reference))
                }
            }
        }
        return writer.bytes + [0x0A]
    }

    /// Writes the members of a JSON object that describes the program, for other programs.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("name", program.name)
        writer.member("version", program.version)
        writer.member("license", program.license)
        writer.objects("components", components) { writer, component in
            writer.member("name", component.name)
            writer.member("version", component.version)
            writer.member("license", component.license)
            writer.member("purl", component.packageURL)
            writer.member("libraries", component.libraries)
            writer.objects("packages", component.packages) { writer, package in
                writer.member("name", package.name)
                writer.member("version", package.version)
            }
        }
    }

    private func identifier(time: String) -> String {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writeMembers(to: &$0) }
        return BillOfMaterials.identifier(of: writer.bytes + Array(time.utf8))
    }

    private static func write(_ component: SoftwareComponent, type: String, to writer: inout JSONWriter) {
        writer.member("type", type)
        writer.member("bom-ref", component.reference)
        writer.member("name", component.name)
        writer.member("version", component.version)
        if let license = component.license {
            writer.key("licenses")
            writer.array { writer in writer.object { CycloneDXDocument.write(license: license, &$0) } }
        }
        writer.member("purl", component.packageURL)
        if component.libraries.isEmpty && component.packages.isEmpty { return }
        writer.key("properties")
        writer.array { writer in
            for library in component.libraries { property("pixi-pack:library", library, to: &writer) }
            for package in component.packages {
                property("pixi-pack:package", "\(package.name) \(package.version)", to: &writer)
            }
        }
    }

    private static func property(_ name: String, _ value: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("value", value)
        }
    }
}

extension SoftwareComponent {
    /// The name by which documents refer to it.
    fileprivate var reference: String { packageURL ?? "\(name)@\(version)" }
}
