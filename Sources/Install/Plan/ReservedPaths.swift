import Support

/// The names of an installation's own records. No package and no wheel may have them, as their content is trusted.
enum ReservedPaths {
    /// What wants to install a path.
    enum Origin { case package, wheel }

    /// What the original installs from conda packages although it is reserved: its own history replaces theirs, and
    /// `state` has variables for activation, which packages may set anyway (docs/spec/install.md#odd-names).
    private static let toleratedFromPackages: Set<ByteString> = ["history", "state"]

    /// - Throws: `Failure` naming a path that is reserved.
    static func refuse(_ path: RelativePath, from origin: Origin) throws {
        if isReserved(path, from: origin) {
            throw Failure("it has a file '\(path)', whose place is reserved for the installation's own records")
        }
    }

    /// - Throws: `Failure` if modules of packages would go to the folder of our records.
    static func refuseFolder(_ path: RelativePath) throws {
        guard let first = path.components.first.map(folded) else { return }
        if first == PlanBuilder.metadataFolder || first == "__clobbers__" {
            throw Failure("'\(path)' is reserved for the installation's own records")
        }
    }

    private static func isReserved(_ path: RelativePath, from origin: Origin) -> Bool {
        if !path.bytes.bytes.withUnsafeBufferPointer(mayBeReserved) { return false }
        let components = path.components.map(folded)
        // Names of ours in any folder, such as those of files that are not complete.
        if components.contains(where: { $0.hasPrefix(".pixi-pack-") || $0.hasPrefix(".pixi-pack.") }) { return true }
        if components.count < 2 { return false }
        if components[0] == "__clobbers__" { return true }
        guard components[0] == PlanBuilder.metadataFolder else { return false }
        let name = components[1]
        if name == "history" || name == "state" {
            return origin == .wheel || !toleratedFromPackages.contains(path.components[1]) || components.count > 2
        }
        return name.hasSuffix(".json") || name.hasPrefix("pixi-pack-")
    }

    /// Whether the path begins like a reserved folder, or has a component that begins like a reserved name, in any case
    /// of letters. Few paths do.
    static func mayBeReserved(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = path.first else { return false }
        if first == UInt8(ascii: "_") || first | 0x20 == UInt8(ascii: "c") { return true }
        let bytes = UnsafeRawBufferPointer(path)
        var start = 0
        while let dot = ByteSearch.find(UInt8(ascii: "."), in: bytes, from: start) {
            start = dot + 1
            let isFirst = dot == 0 || bytes[dot - 1] == UInt8(ascii: "/")
            if isFirst, start < bytes.count, bytes[start] | 0x20 == UInt8(ascii: "p") { return true }
        }
        return false
    }

    /// In lower case, as a folder may not distinguish case.
    private static func folded(_ text: ByteString) -> ByteString {
        text.asciiLowercased
    }
}
