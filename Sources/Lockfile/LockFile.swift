import CondaModel
import Support

/// A `pixi.lock` of any version from 1 to 7 (docs/spec/lock.md#lock-file), a `conda-lock.yml` of conda-lock, which has
/// the form of the first versions, or a `conda.lock` of conda-workspaces, which has the form of version 6 and calls it
/// 1.
///
///     let lock = try LockFile.read(at: "pixi.lock")
///     for package in try lock.packages(environment: "default", platform: "linux-64") { print(package.name) }
///
/// Reading checks the structure of the whole file. Packages are read when they are asked for, so that a broken entry
/// that is not needed does no harm. Of a large file only what environments refer to is kept in memory (`LockOutline`).
public struct LockFile: Sendable {
    /// Where it was read from; nil if it was not read from a file.
    public let path: ByteString?
    /// The version of the format.
    var version: UInt64 { formatVersion.number }
    /// The names of the environments in the order of the file.
    public var environmentNames: [String] { grammar.environmentNames }

    private let formatVersion: LockVersion
    private let grammar: any LockGrammar
    /// Nil if the file is too large to be kept in memory.
    private let source: [UInt8]?
    private let outline: LockOutline?

    /// - Throws: `Failure` naming the file and what is wrong with it.
    public static func read(at path: ByteString) throws -> LockFile {
        try read(at: path, streamingFrom: streamedSize)
    }

    /// Files of this size and more are not kept in memory.
    private static let streamedSize: Int64 = 5 << 20

    static func read(at path: ByteString, streamingFrom limit: Int64) throws -> LockFile {
        try describing(
            "could not read lockfile at \(path)", remedy: "Restore the lock file, or write it again: pixi lock."
        ) {
            let slice = try File.open(path).slice()
            // If a part cannot be read, reading the whole file reports the mistake, or shows that there is none.
            if slice.length >= limit, let outline = try? LockOutline.make(slice),
                let file = try? LockFile(outline, path: path)
            {
                return file
            }
            return try LockFile(slice.readAll(limit: YAMLTree.maximumSize), path: path)
        }
    }

    /// - Throws: `Failure` saying what is wrong with the text.
    init(_ source: [UInt8]) throws { try self.init(source, path: nil) }

    private init(_ source: [UInt8], path: ByteString?) throws {
        self.path = path
        self.source = source
        outline = nil
        try LockFile.refuseOther(source)
        (formatVersion, grammar) = try LockFile.parts(YAMLTree(source), nil)
    }

    private init(_ outline: LockOutline, path: ByteString?) throws {
        self.path = path
        source = nil
        self.outline = outline
        (formatVersion, grammar) = try LockFile.parts(YAMLTree(outline.header), outline)
    }

    /// - Parameter outline: has the list of packages if the document does not.
    private static func parts(
        _ tree: YAMLTree, _ outline: LockOutline?
    ) throws -> (version: LockVersion, grammar: any LockGrammar) {
        // This check comes before all others (docs/spec/lock.md#versions).
        let version = try LockVersion(of: tree.root)
        return (version, try version.grammar(MapReader(tree.root, "the lock file"), outline))
    }

    /// Names what git may leave in the place of a lock file.
    private static func refuseOther(_ source: [UInt8]) throws {
        if source.starts(with: Array("version https://git-lfs.github.com/spec/".utf8)) {
            throw Failure(
                "it is a pointer of git-lfs, the lock file itself is not here", remedy: "Get it with: git lfs pull.")
        }
        // No YAML document has a line that begins with this.
        let mark = Array("<<<<<<< ".utf8)
        if source.starts(with: mark) || ByteSearch.contains(source, [0x0A] + mark) {
            throw Failure(
                "it has a merge conflict of git that is not solved",
                remedy: "Take one side and let pixi mend it: git checkout --ours pixi.lock && pixi lock.")
        }
    }

    /// The directory that relative paths in the lock file count from.
    public var directory: ByteString { path?.parentPath ?? "." }

    /// The hash of the file as it was read.
    public func sha256() -> SHA256Digest { outline?.sha256 ?? SHA256Hasher.hash(source ?? []) }

    /// - Throws: `Failure` if there is no environment of this name.
    public func environment(named name: String) throws -> LockEnvironment {
        guard environmentNames.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
            throw Failure(
                "environment not found in lockfile: \(name)",
                remedy: LockFile.choice("environment", of: environmentNames, "The lock file"), kind: .notFound)
        }
        return try inFile { try grammar.environment(named: name) }
    }

    /// The platform of an environment for a subdir such as `linux-64`, or for a name of version 7. If several platforms
    /// have this subdir, the one that is also named so is taken (docs/spec/lock.md#selection).
    ///
    /// - Throws: `Failure` if the environment has no such platform, or several with this subdir under other names.
    public func platform(_ text: String, of environment: String) throws -> LockPlatform {
        let environment = try self.environment(named: environment)
        let found = environment.platforms(named: text)
        if found.count > 1 {
            let names = found.map(\.name)
            throw Failure(
                "platform '\(text)' is ambiguous: environment '\(environment.name)' has it as "
                    + names.listed(),
                remedy: "Choose one of them by its name: --platform \(names[0]).")
        }
        guard let platform = found.first else {
            throw Failure(
                "platform not found in lockfile: \(text)",
                remedy: LockFile.choice(
                    "platform", of: environment.platforms.map(\.name), "Environment '\(environment.name)'"),
                kind: .notFound)
        }
        return platform
    }

    /// The packages of an environment for a platform (`platform(_:of:)`), in the order of docs/spec/lock.md#order.
    ///
    /// - Throws: `Failure` for an unknown environment or platform, for a reference to a package that is missing, and
    ///   for a package that cannot be read.
    public func packages(environment: String, platform: String) throws -> [LockedPackage] {
        let platform = try self.platform(platform, of: environment)
        return try inFile {
            // If the file has changed, other errors are only a consequence of that.
            let packages = Result { try grammar.packages(environment: environment, platform: platform) }
            try outline?.requireUnchanged()
            return try packages.get()
        }
    }

    /// Runs `body`; errors name the lock file.
    private func inFile<Result>(_ body: () throws -> Result) throws -> Result {
        guard let path else { return try body() }
        return try describing(
            "could not read lockfile at \(path)", remedy: "Restore the lock file, or write it again: pixi lock.", body)
    }

    private static func choice(_ kind: String, of names: [String], _ owner: Message) -> Message {
        if names.isEmpty { return "\(owner) has no \(kind)s." }
        return "\(owner) has the \(kind)\(names.count == 1 ? "" : "s") \(names.listed())."
    }
}
