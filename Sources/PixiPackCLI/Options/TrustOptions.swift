import ArgumentParser
import Packing
import Signing
import Support

/// Whose packs are accepted.
struct TrustOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Refuse a pack this key did not sign.",
            discussion: """
                A public key of pixi-pack keygen or minisign: its file, or the 56 letters in it. The pack is refused before \
                anything in it is read.
                """,
            valueName: "key"))
    var verifyKey: PathArgument?

    @Option(
        help: ArgumentHelp(
            "The signature.", discussion: "By default PACK.minisig, beside the pack.", valueName: "file"))
    var signature: PathArgument?

    func validate() throws {
        if signature != nil, verifyKey == nil { throw ValidationError("--signature is for --verify-key only") }
    }

    /// Nil: everybody's.
    func load() throws -> PackTrust? {
        try verifyKey.map { PackTrust(key: try PublicKey(argument: $0.path), signature: signature?.path) }
    }
}
