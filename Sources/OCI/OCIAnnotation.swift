/// Keys of annotations (OCI image specification, annotations.md).
public enum OCIAnnotation {
    public static let created = "org.opencontainers.image.created"
    public static let licenses = "org.opencontainers.image.licenses"
    static let refName = "org.opencontainers.image.ref.name"
    public static let source = "org.opencontainers.image.source"
    public static let title = "org.opencontainers.image.title"
    public static let version = "org.opencontainers.image.version"
}
