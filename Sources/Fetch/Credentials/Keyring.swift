import Support

/// The Secret Service of the desktop, asked through `secret-tool`. Without them it has no credentials
/// (docs/spec/network.md#credentials).
struct Keyring: Sendable {
    private let program: ExternalProgram?
    /// Why the keyring is not asked; nil if it is asked.
    let obstacle: String?

    init(_ environment: ProcessEnvironment) {
        // Without a session bus the tool only waits and fails.
        let isReachable = environment["DBUS_SESSION_BUS_ADDRESS"] != nil
        let path = environment["PATH"].map { ByteString($0) }
        program = isReachable ? ExternalProgram.find("secret-tool", searchPath: path) : nil
        obstacle =
            program != nil
            ? nil : isReachable ? "secret-tool is not installed" : "there is no session bus (DBUS_SESSION_BUS_ADDRESS)"
    }

    /// The credential pixi stored under the key; anything that goes wrong counts as none.
    func credential(_ key: String) -> Credential? {
        guard let program else { return nil }
        let arguments: [ByteString] = ["lookup", "service", "rattler", "username", ByteString(key)]
        guard let ending = try? program.run(arguments), ending.isSuccess,
            let document = try? JSONDocument(ending.output.bytes)
        else { return nil }
        return try? Credential(document.root)
    }
}
