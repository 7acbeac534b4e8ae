import CComponents
import Inventory
import Support

/// The software that is in this executable besides its own, and the licences it comes under.
public struct ExecutableComponents: Sendable {
    /// Sorted by name.
    public let components: [SoftwareComponent]
    /// The licence of this program; empty if the texts are not part of this build.
    public let ownLicense: String
    /// Each text once, with the components it applies to; sorted by their names.
    public let notices: [Notice]

    /// A text that has to be distributed with a component: its copyright notices or its licence.
    public struct Notice: Sendable, Equatable {
        /// The names of the components it applies to.
        public let components: [String]
        /// The text, with line feeds.
        public let text: String
    }

    /// What the build found in the linker's map (`.ci/build/components.py`). In builds that are not releases, what the
    /// libraries report themselves, without licences.
    ///
    /// - Throws: `Failure` if the list that the build put in cannot be read.
    public static func load() throws -> ExecutableComponents {
        var length = 0
        let bytes = pixi_components(&length)
        if length == 0 { return ExecutableComponents(components: LinkedLibraries.ask(), ownLicense: "", notices: []) }
        return try ExecutableComponents(compressed: UnsafeRawBufferPointer(start: bytes, count: length))
    }

    private init(components: [SoftwareComponent], ownLicense: String, notices: [Notice]) {
        self.components = components
        self.ownLicense = ownLicense
        self.notices = notices
    }

    /// - Parameter compressed: the JSON document of `.ci/build/components.py`, compressed with gzip.
    init(compressed: UnsafeRawBufferPointer) throws {
        let document = try JSONDocument(Gzip.decompress(compressed)).root
        guard let ownLicense = document["license"]?.string, let list = document["components"]?.elements,
            let texts = document["texts"]?.elements.map({ $0.compactMap(\.string) })
        else { throw Failure("the list of components in this program is damaged") }
        var users = texts.map { _ in [String]() }
        components = try list.map { element in
            let component = try SoftwareComponent(element)
            for place in element["texts"]?.elements.map({ $0.compactMap(\.int64) }) ?? []
            where users.indices.contains(Int(place)) {
                users[Int(place)].append(component.name)
            }
            return component
        }
        self.ownLicense = ownLicense
        notices = zip(users, texts).map(Notice.init)
    }
}

extension SoftwareComponent {
    fileprivate init(_ value: JSONValue) throws {
        guard let name = value["name"]?.string, let version = value["version"]?.string else {
            throw Failure("the list of components in this program is damaged")
        }
        let packages = value["packages"]?.elements.map { Array($0) } ?? []
        self.init(
            name: name, version: version, license: value["license"]?.string, packageURL: value["purl"]?.string,
            libraries: value["libraries"]?.elements.map { $0.compactMap(\.string) } ?? [],
            packages: packages.compactMap { package in
                guard let name = package["name"]?.string, let version = package["version"]?.string else { return nil }
                return Package(name: name, version: version)
            })
    }
}
