import Support

/// A program that makes packages, and how its runs are told.
struct BuildTool: Sendable {
    let program: ExternalProgram
    /// What stands for the program in messages and in the pack's metadata: `pixi`, `uv`.
    let name: String
    /// Whether its output goes to the terminal as it comes (`-v`).
    let isVerbose: Bool

    /// Runs the program; its output is shown if it fails.
    ///
    /// - Parameter names: what stands for paths of this machine in the command that is returned, so that packs made of
    ///   the same things are the same everywhere.
    /// - Returns: the command as a person would type it.
    /// - Throws: `Failure` with command, exit code and output.
    @discardableResult
    func run(
        _ arguments: [ByteString], directory: ByteString? = nil, names: [(path: ByteString, name: ByteString)] = []
    ) throws -> String {
        let command = BuildTool.text([ByteString(name)] + arguments)
        // Builds that record the time shall record the same one each time; what the user set wins.
        let epoch = environmentValue("SOURCE_DATE_EPOCH") == nil ? [("SOURCE_DATE_EPOCH", "315532800")] : []
        let ending = try program.run(
            arguments, directory: directory, environment: epoch.map { (name: $0.0, value: $0.1) },
            output: isVerbose ? .passedThrough : .captured)
        guard ending.isSuccess else {
            var output = ending.output.lossyString
            while output.utf8.last == 0x0A { output.removeLast() }
            throw Failure("'\(command)' ended with \(ending.text)" + (output.isEmpty ? "" : ":\(lines: output)"))
        }
        let words = arguments.map { word in
            guard let found = names.first(where: { word.hasPrefix($0.path) }) else { return word }
            return found.name + ByteString(word.bytes.dropFirst(found.path.count))
        }
        return BuildTool.text([ByteString(name)] + words)
    }

    /// Shows how long a build has been going on, unless its own output does.
    static func phase<Result>(
        of package: String, isVerbose: Bool, _ reporter: any Reporter, _ body: () throws -> Result
    ) rethrows -> Result {
        if isVerbose { return try body() }
        reporter.progress(.phaseBegan(name: "Building \(package)", items: 0, bytes: nil))
        let result = try body()
        reporter.progress(.phaseEnded)
        return result
    }

    /// Words with what a shell would not take as it is in quotes.
    static func text(_ words: [ByteString]) -> String {
        words.map { word in
            let text = word.lossyString
            let isPlain =
                !word.isEmpty
                && word.bytes.allSatisfy { byte in
                    isASCIIAlphanumeric(byte)
                        || "-_./=+:@%,".utf8.contains(byte)
                }
            return isPlain
                ? text
                : "'"
                    + text.split(separator: "'", omittingEmptySubsequences: false)
                    .joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
