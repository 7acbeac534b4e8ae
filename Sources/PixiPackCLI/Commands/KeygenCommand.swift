import ArgumentParser
import LibC
import Signing
import Support

/// `pixi-pack keygen`: a pair of keys to sign packs with.
struct KeygenCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        _superCommandName: "pixi-pack",
        abstract: "Make a pair of keys to sign packs with.",
        discussion: """
            Keep the secret key to yourself: 'pixi-pack --sign' needs it. Give the public key, a file or the 56 letters \
            in it that are printed, to whom your packs are for: 'pixi-unpack --verify-key' needs it.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("The file of the secret key.", valueName: "file"))
    var secretKey = PathArgument("pixi-pack.key")

    @Option(name: .shortAndLong, help: ArgumentHelp("The file of the public key.", valueName: "file"))
    var publicKey = PathArgument("pixi-pack.pub")

    @Flag(name: [.customShort("W"), .long], help: "Make a key without a password, for machines that sign.")
    var noPassword = false

    @OptionGroup var password: PasswordOptions

    @Flag(help: "Replace keys that are there.")
    var force = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func validate() throws {
        if noPassword, password.passwordFile != nil {
            throw ValidationError("--no-password and --password-file cannot be used together")
        }
    }

    func run(_ console: Console) throws {
        for path in [secretKey.path, publicKey.path] where try !force && Sys.exists(path) {
            throw Failure(
                "there is a file '\(path)' already",
                remedy: "Name other files with -s and -p, or replace this key with --force.")
        }
        let key = try SecretKey.generate()
        let text = try key.fileText(password: noPassword ? nil : password.choose())
        // Only its owner may read the secret key.
        try WholeFile.write(Array(text.utf8), to: secretKey.path, umask: 0o077)
        try WholeFile.write(Array(key.publicKey.fileText.utf8), to: publicKey.path, umask: ProcessUmask.original)
        console.reporter.note(
            "Made the secret key '\(secretKey.path)' and the public key '\(publicKey.path)', \(key.publicKey.id):")
        try console.output("\(key.publicKey.text)\n")
    }
}
