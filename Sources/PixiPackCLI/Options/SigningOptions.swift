import ArgumentParser
import Packing
import Signing

/// `--sign` and what belongs to it.
struct SigningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sign the pack with this secret key.",
            discussion: "The signature, PACK.minisig, appears beside it; minisign understands it.", valueName: "key"))
    var sign: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Text to sign along with the pack.", discussion: "By default the name of the pack.", valueName: "text"))
    var trustedComment: NameArgument?

    @OptionGroup var password: PasswordOptions

    func validate(_ output: OutputOptions) throws {
        guard sign != nil else {
            if trustedComment != nil { throw ValidationError("--trusted-comment is for --sign only") }
            if password.passwordFile != nil { throw ValidationError("--password-file is for --sign only") }
            return
        }
        if output.directoryOnly { throw ValidationError("--sign and --directory-only cannot be used together") }
        if output.outputFile?.isStandardStream == true {
            throw ValidationError("a pack on standard output has no place for a signature beside it; name a file")
        }
    }

    /// The key, decrypted; asks for its password if need be.
    func load() throws -> PackSigning? {
        guard let sign else { return nil }
        let key = try SecretKey.read(sign.path) { try password.read(for: sign.path) }
        return PackSigning(key: key, comment: trustedComment?.path)
    }
}
