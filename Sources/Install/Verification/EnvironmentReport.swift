import Support

/// How the files of an environment differ from what its packages brought.
public struct EnvironmentReport: Sendable {
    /// A file of a package that is not as it was installed.
    public struct Finding: Sendable, Equatable {
        /// The path in the environment.
        public let path: ByteString
        /// The package or wheel it belongs to.
        public let owner: String
        /// What is different; nil if the file is missing.
        public let reason: String?
    }

    /// How many files were compared.
    public internal(set) var files = 0
    /// Sorted by path, like the lists below.
    public internal(set) var missing: [Finding] = []
    /// Files whose content differs.
    public internal(set) var changed: [Finding] = []
    /// Files that belong to no package.
    public internal(set) var extra: [ByteString] = []
    /// How many files of byte code Python made or made again, or somebody removed. These are not differences.
    public internal(set) var byteCode = 0

    /// The place the environment was made for, if it is at another one now. Scripts and adapted files contain it.
    public internal(set) var madeFor: ByteString?
    /// Where the environment will be used, if it was made for a place that was named (`--prefix`) and is not there yet.
    public internal(set) var finalPrefix: ByteString?
    /// Whether an update of the environment was interrupted.
    public internal(set) var isUnfinished = false

    /// Whether nothing differs from what the packages brought.
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
        if let finalPrefix {
            writer.key("final-prefix")
            writer.value(finalPrefix)
        }
        if isUnfinished {
            writer.key("unfinished")
            writer.value(true)
        }
    }
}
