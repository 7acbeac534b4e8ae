import Support

/// A registry took all there is but not the manifest, because of what is in it.
public struct ManifestRefusal: Error {
    public let failure: Failure
}
