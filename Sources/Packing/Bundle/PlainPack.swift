import Archive

/// The pack of one environment with what it says of itself: a pack as it is, or one environment of a bundle.
struct PlainPack: Sendable {
    let reader: PackReader
    let manifest: PackManifest

    var form: PackManifest.Form { manifest.isDelta ? .delta(manifest) : .plain(manifest) }
}
