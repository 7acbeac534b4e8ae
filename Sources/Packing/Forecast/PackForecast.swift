import CondaModel
import Fetch
import Support

/// What packing would do: what it would fetch, from where, and what would come of it.
public struct PackForecast: Sendable {
    /// A file of the pack.
    public struct Item: Sendable {
        public let path: RelativePath
        public let source: FetchForecast

        public init(path: RelativePath, source: FetchForecast) {
            self.path = path
            self.source = source
        }
    }

    /// A package that would have to be built.
    public struct Unbuilt: Sendable, Equatable {
        public let name: String
        /// Without secrets.
        public let source: String
    }

    /// Each environment with its platform.
    public internal(set) var environments: [(name: String, platform: String)]
    /// In the order they would be fetched.
    public internal(set) var items: [Item] = []
    /// What would be built first; its size is not known.
    public internal(set) var toBuild: [Unbuilt] = []
    public internal(set) var leftOut: [PackContents.LeftOut] = []
    /// Nil for standard output.
    public internal(set) var output: ByteString?
    /// Bytes of what is known; see `isSizeExact`.
    public internal(set) var size: Int64 = 0
    /// Whether the size of everything is known.
    public internal(set) var isSizeExact = true

    /// The items of one origin.
    public func items(from origin: FetchForecast.Origin) -> [Item] { items.filter { $0.source.origin == origin } }

    /// Bytes of these items, as far as they are known.
    public static func bytes(_ items: [Item]) -> Int64 { items.reduce(0) { $0 &+ ($1.source.size ?? 0) } }
}

extension PackForecast {
    /// Writes the members of an object.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.objects("environments", environments) { writer, environment in
            writer.member("name", environment.name)
            writer.member("platform", environment.platform)
        }
        if let output {
            writer.key("output")
            writer.value(output)
        }
        writer.member("size", Optional(size))
        writer.key("size-is-exact")
        writer.value(isSizeExact)
        let downloads = items(from: .network)
        writer.member("bytes-to-fetch", Optional(PackForecast.bytes(downloads)))
        writer.objects("files", items) { writer, item in
            writer.key("file")
            writer.value(item.path.bytes)
            writer.member("from", item.source.origin.rawValue)
            writer.member("location", item.source.place)
            writer.member("size", item.source.size)
        }
        writer.objects("to-build", toBuild) { writer, package in
            writer.member("name", package.name)
            writer.member("source", package.source)
        }
        writer.objects("left-out", leftOut) { $1.writeMembers(to: &$0) }
    }
}
