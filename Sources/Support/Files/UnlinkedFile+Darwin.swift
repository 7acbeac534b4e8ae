#if canImport(Darwin)
extension UnlinkedFile {
    /// There are no files that never had a name.
    static func unnamed(in directory: ByteString) throws(SystemError) -> Int32? { nil }
}
#endif
