import Archive
import Install
import Support

/// What an unpacking writes besides the environment's own files: scripts, and those of a workspace.
extension Unpacker {
    /// What is written besides the environment's own files.
    struct Surroundings {
        /// Where environment and scripts go.
        let target: UnpackTarget
        /// Files that do not depend on what is installed.
        let files: [ActivationFiles.Text]
    }

    func files(
        at place: ByteString, _ around: Surroundings
    ) throws -> [ActivationFiles.Text] {
        try around.files
            + describingScripts { try options.activation.make(for: around.target, at: place) }
    }

    /// What makes a workspace of pixi of the environment.
    func workspaceFiles(_ pack: PackReader, _ plan: InstallPlan) throws -> [ActivationFiles.Text] {
        try workspace?.files(
            of: pack, prefix: plan.prefix.path, records: plan.packageRecords, force: options.force) ?? []
    }

    func stage(_ texts: [ActivationFiles.Text]) throws -> [StagedFile] {
        try describingScripts {
            try texts.map { text in
                if text.isScript {
                    sayFormerOwner(of: text.path)
                } else {
                    try Sys.makeDirectories(text.path.parentPath)
                }
                return try StagedFile(text.bytes, for: text.path, umask: umask)
            }
        }
    }

    /// Writes all files or none, and returns the scripts among them.
    func write(_ texts: [ActivationFiles.Text]) throws -> [ByteString] {
        let staged = try stage(texts)
        try describingScripts { try StagedFile.appear(staged) }
        return texts.filter(\.isScript).map(\.path)
    }

    /// Says whose script is about to be replaced, if that is another environment of the folder.
    private func sayFormerOwner(of script: ByteString) {
        guard
            let target = try? target(),
            let owner = ActivationOwner(of: script, folder: target.folder, except: target.prefix.path)
        else { return }
        reporter.note(
            "'\(script)' was that of the environment '\(owner.environment)'; now it is that of '\(options.environmentName)'. "
                + "For the other one: eval \"$(pixi-unpack shell-hook -e \(ShellWord.quoted(owner.environment)))\"")
    }

    func describingScripts<Result>(_ body: () throws -> Result) throws -> Result {
        try describing(
            "could not create the activation script",
            remedy: PrefixPlace.remedy, body)
    }
}
