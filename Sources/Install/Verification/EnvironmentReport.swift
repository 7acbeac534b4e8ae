import Support

/// How the files of an environment differ from what its packages brought.
public struct EnvironmentReport: Sendable {
    /// A file of a package that is not as it was.
    public struct Finding: Sendable, Equatable {
        public let path: ByteString
        /// The package or wheel it belongs to.
        public let owner: String
        /// Nil if it is missing.
        public let reason: String?
    }

    /// How many files were compared.
    public internal(set) var files = 0
    /// Sorted by path, as are the others.
    public internal(set) var missing: [Finding] = []
    public internal(set) var changed: [Finding] = []
    /// Files of no package.
    public internal(set) var extra: [ByteString] = []
    /// Byte code that Python made, made again, or somebody removed: none of it is a difference.
    public internal(set) var byteCode = 0

    /// The place the environment was made for, if it is at another one now: scripts and adapted files name it.
    public internal(set) var madeFor: ByteString?
    /// Whether an update of it was broken off.
    public internal(set) var isUnfinished = false

    /// Whether everything is as the packages brought it.
    public var isClean: Bool {
        missing.isEmpty && changed.isEmpty && extra.isEmpty && madeFor == nil && !isUnfinished
    }

    /// Writes the members of an object.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("files", Optional(files))
        func list(_ key: String, _ findings: [Finding], _ writer: inout JSONWriter) {
            writer.objects(key, findings) { writer, finding in
                writer.key("path")
                writer.value(finding.path)
                writer.member("package", finding.owner)
                writer.member("reason", finding.reason)
            }
        }
        list("missing", missing, &writer)
        list("changed", changed, &writer)
        writer.key("extra")
        writer.array { writer in for path in extra { writer.value(path) } }
        writer.member("byte-code", Optional(byteCode))
        if let madeFor {
            writer.key("made-for")
            writer.value(madeFor)
        }
        if isUnfinished {
            writer.key("unfinished")
            writer.value(true)
        }
    }
}
