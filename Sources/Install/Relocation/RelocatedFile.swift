import Support

/// A file of an environment that contains the environment's path, and what is known of it.
struct RelocatedFile: Sendable {
    /// How its content contains the path.
    enum Content: Sendable {
        /// In place of a placeholder of the package.
        case adapted(PackagePath.Placeholder, original: SHA256Digest?)
        /// It is not known how: the record has a hash for the environment that is not the package's, and no placeholder
        /// (mamba).
        case changed
        /// In the beginning that an installer writes in front of a script.
        case script(EntryPointForm)
    }

    /// Which kind of installer wrote the script: they differ in how a script begins if the kernel cannot read the path.
    enum EntryPointForm: Sendable { case conda, wheel }

    let path: PrefixPath
    /// The package or wheel it belongs to, for people.
    let owner: String
    let content: Content
    /// The record of `conda-meta`, or the RECORD of a wheel, that has its hash and size.
    let record: PrefixPath
}
