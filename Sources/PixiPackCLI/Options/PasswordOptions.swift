import ArgumentParser
import Support

/// Where the password of a secret key comes from.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The first line is the key's password.",
            discussion: """
                Without it the password is the value of PIXI_PACK_KEY_PASSWORD, or is asked for on the terminal.
                """,
            valueName: "file"))
    var passwordFile: PathArgument?

    /// What has the password without being asked; nil if nothing has.
    private func given() throws -> [UInt8]? {
        if let passwordFile {
            let text = try describing("could not read the password file '\(passwordFile.path)'") {
                try File.openGiven(passwordFile.path).slice().readAll(limit: 4096)
            }
            let line = text.prefix { $0 != 0x0A }
            return Array(line.last == 0x0D ? line.dropLast() : line)
        }
        return Terminal.variable("PIXI_PACK_KEY_PASSWORD").map { Array($0.utf8) }
    }

    func read(for key: ByteString) throws -> [UInt8] {
        try given() ?? PasswordPrompt.ask("Password of the key '\(key)': ")
    }

    /// The password of a new key, typed twice.
    func choose() throws -> [UInt8] {
        var password = try given()
        if password == nil {
            let first = try PasswordPrompt.ask("Password of the new key: ")
            guard try PasswordPrompt.ask("The same again: ") == first else {
                throw Failure("the two passwords differ", remedy: "Try again.")
            }
            password = first
        }
        guard let password, !password.isEmpty else {
            throw Failure("the password is empty", remedy: "Use -W to make a key without a password.")
        }
        return password
    }
}
