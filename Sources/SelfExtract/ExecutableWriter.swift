import Support

/// Completes a self-extracting pack around an archive that was written in its place.
///
/// The archive goes to `archiveOffset` of the file first, with nothing known but the program; `finish` then writes the
/// program behind it and the stub before it.
public struct ExecutableWriter: Sendable {
    public let runtime: EmbeddedRuntime

    /// Where the archive begins in the file.
    public var archiveOffset: Int64 { ExecutableLayout.stubLength }

    public init(runtime: EmbeddedRuntime) { self.runtime = runtime }

    /// Writes everything but the archive.
    ///
    /// - Parameters:
    ///   - descriptor: the file, with the archive in its place.
    ///   - archiveLength: the bytes of the archive.
    ///   - contents: see `ContentDigest`.
    @discardableResult
    public func finish(_ descriptor: Int32, archiveLength: Int64, contents: SHA256Digest) throws -> ExecutableLayout {
        let layout = ExecutableLayout(archiveLength: archiveLength, runtime: runtime, contents: contents)
        // A file that was longer or had something there before must not shine through.
        let gap = [UInt8](repeating: 0, count: Int(layout.padding))
        try Sys.truncate(descriptor, to: layout.archiveOffset + archiveLength)
        try gap.withUnsafeBytes { try Sys.writeAll(descriptor, $0, at: layout.archiveOffset + archiveLength) }
        try runtime.bytes.withUnsafeBytes { try Sys.writeAll(descriptor, $0, at: layout.runtimeOffset) }
        let stub = try stub(layout)
        try stub.withUnsafeBytes { try Sys.writeAll(descriptor, $0, at: 0) }
        return layout
    }

    private func stub(_ layout: ExecutableLayout) throws -> [UInt8] {
        try UnixStub(layout: layout, runtime: runtime).rendered()
    }
}
