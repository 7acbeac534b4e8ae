import Support

/// Environment variables with secrets, which conda-lock leaves in URLs by their names: `http://$USER:$TOKEN@h/`. The
/// channels of the lock file list the names.
struct CondaLockVariables: Sendable {
    private let values: [(name: String, value: String)]

    init(
        _ metadata: MapReader, environment: (_ name: String) -> ByteString? = { environmentValue($0) }
    ) throws {
        var names: Set<String> = []
        for channel in metadata.value.present("channels")?.elements.map(Array.init) ?? [] where channel.isMapping {
            names.formUnion(try MapReader(channel, "channel").list("used_env_vars") ?? [])
        }
        // Longer names come first, so that $TOKEN is not taken for the beginning of $TOKEN_2.
        values = names.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
            .compactMap { name in environment(name).map { (name, $0.lossyString) } }
    }

    /// The text with `$NAME` and `${NAME}` replaced. Variables that are not set stay, as listing packages does not need
    /// them.
    func expanded(_ text: String) -> String {
        if values.isEmpty || !text.utf8.contains(UInt8(ascii: "$")) { return text }
        return values.reduce(text) { text, variable in
            text.replacing(text: "${\(variable.name)}", with: variable.value)
                .replacing(text: "$\(variable.name)", with: variable.value)
        }
    }
}
