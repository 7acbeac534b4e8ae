/// The kinds of content that are written here (OCI image specification, media-types.md).
public enum OCIMediaType {
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let index = "application/vnd.oci.image.index.v1+json"
    /// What `config` names where there is none: two bytes, `{}`.
    public static let empty = "application/vnd.oci.empty.v1+json"
    public static let imageConfig = "application/vnd.oci.image.config.v1+json"
    public static let layerTarGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let layerTarZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    /// What Docker calls a manifest and an index.
    static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"

    /// What a registry may answer with when it is asked for a manifest.
    public static let allManifests = [manifest, index, dockerManifest, dockerList]
}
