import Support

/// Which environments are packed for which platforms, and into how many packs.
///
/// A pack holds one or several environments; those of a bundle all go into one.
public struct PackTargets: Sendable {
    /// Each once, in the order they are packed; at least one.
    public let all: [PackTarget]
    /// Whether they become one file.
    let isBundle: Bool

    public init(_ all: [PackTarget], isBundle: Bool = false) {
        self.all = all
        self.isBundle = isBundle
    }

    /// A pack that is to be: where it goes, and what it holds.
    struct Pack: Sendable {
        let output: PackOutput
        let targets: [PackTarget]
    }

    /// The packs to make.
    ///
    /// - Parameter output: the output somebody named: of several packs, the folder they go to.
    /// - Throws: `Failure` if several packs cannot go there.
    func packs(to output: PackOutput) throws -> [Pack] {
        if case .layout = output { return all.map { Pack(output: output, targets: [$0]) } }
        if isBundle || all.count == 1 { return [Pack(output: output, targets: all)] }
        let folder = try self.folder(of: output)
        return try all.map { target in
            let stem = "environment-\(target.environment)-\(target.platform)"
            let name = try RelativePath(ByteString(stem)).bytes
            let path = folder == "." ? name : folder.appending(path: name)
            return Pack(
                output: output.renamed(path, isForWindows: target.platform.hasPrefix("win-")), targets: [target])
        }
    }

    /// Where several packs go: the folder named as output, else the current one.
    private func folder(of output: PackOutput) throws -> ByteString {
        switch output {
        case .file("environment.tar"), .directory("environment"), .standardOutput, .executable(nil, _): return "."
        case .file(let path), .directory(let path), .executable(let path?, _):
            let isThere = try Sys.exists(path)
            if isThere ? try !Sys.isDirectory(path) : PackOutput.isFileName(path) {
                throw Failure(
                    "the output '\(path)' of several packs is not a folder",
                    remedy: "Name a folder, or pack into one file with --bundle.")
            }
            return path
        case .reference, .layout: return "."
        }
    }
}

extension PackOutput {
    /// The same form at another place.
    ///
    /// - Parameter path: without ending.
    fileprivate func renamed(_ path: ByteString, isForWindows: Bool) -> PackOutput {
        switch self {
        case .directory: .directory(path)
        case .executable(_, let source): .executable(path + (isForWindows ? ".ps1" : ".sh"), source)
        case .file, .standardOutput: .file(path + ".tar")
        case .reference, .layout: self
        }
    }
}

extension [PackTargets.Pack] {
    /// Does something with the folder that several packs go to, and a scratch folder in it for downloads, so that what
    /// several need is fetched once. A folder made for packs none of which came is removed again; a single pack needs
    /// neither.
    ///
    /// - Parameter body: gets the folder for downloads; nil for a single pack.
    func withFolder<Result>(_ body: (ByteString?) throws -> Result) throws -> Result {
        guard count > 1, let path = first?.output.folder else { return try body(nil) }
        let made = try describing("could not make the folder '\(path)'", remedy: "Name another one with -o.") {
            try Sys.makeDirectories(path)
        }
        do {
            let downloads = try ScratchDirectory(in: path)
            defer { withExtendedLifetime(downloads) {} }
            return try body(downloads.path)
        } catch {
            // Unless some packs are in it.
            for folder in made.reversed() { try? Sys.unlink(folder, isDirectory: true) }
            throw error
        }
    }
}
