import Support

/// What the plan check found in packages that can be installed together: what a pack says of them at the end.
struct PlanFindings: Sendable, Equatable {
    /// Names of packages with a post-link script, sorted by bytes.
    var withPostLink: [String] = []
    /// Files of wheels that are not as RECORD says, by the wheel's path in the pack.
    var unlikeRecord: [RelativePath: [ByteString]] = [:]
}
