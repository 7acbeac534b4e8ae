import LibC
import Support

/// What the packages of an environment contribute to its activation: variables and scripts
/// (docs/spec/install.md#activate-d, docs/spec/install.md#variables).
public struct ActivationSources: Sendable {
    /// A variable to set.
    public struct Variable: Sendable, Equatable {
        public let name: ByteString
        public let value: ByteString

        /// Whether the value refers to other variables, which scripts expand.
        public var isExpanded: Bool { VariableValue(value).hasVariables }
    }

    /// From `etc/conda/env_vars.d` and `conda-meta/state`, in the order they are set.
    public let variables: [Variable]
    /// The names of the files in `etc/conda/activate.d`, sorted by bytes.
    let activationScripts: [ByteString]
    /// The names of the files in `etc/conda/deactivate.d`, sorted by bytes.
    let deactivationScripts: [ByteString]

    /// Reads them from where the environment is now. That may differ from where it will be used.
    ///
    /// - Throws: `Failure` naming the file that cannot be read or understood.
    public init(environmentAt directory: ByteString) throws {
        try self.init(
            list: { try Self.files(in: directory.appending(path: $0)) },
            read: { path in
                let full = directory.appending(path: path)
                return try Sys.exists(full) ? try File.open(full).slice().readAll() : nil
            })
    }

    /// The same of an environment that is nowhere yet.
    ///
    /// - Parameter files: the content of its files below `etc/conda` and of `conda-meta/state`, by their paths.
    init(files: [ByteString: [UInt8]]) throws {
        try self.init(
            list: { folder in files.keys.filter { $0.parentPath == folder }.map(\.lastPathComponent).sorted() },
            read: { files[$0] })
    }

    private init(
        list: (ByteString) throws -> [ByteString], read: (ByteString) throws -> [UInt8]?
    ) throws {
        activationScripts = try list("etc/conda/activate.d")
        deactivationScripts = try list("etc/conda/deactivate.d")
        var table = VariableTable()
        let folder: ByteString = "etc/conda/env_vars.d"
        for name in try list(folder) {
            let path = folder.appending(path: name)
            try describing(
                "could not read the environment variables of 'etc/conda/env_vars.d/\(name)'",
                remedy: "Leave out the package that brings the file, or give a mended one with --inject when packing."
            ) {
                for member in try Self.object(try read(path) ?? []) {
                    if let value = member.value.bytes { try table.set(member.name, to: value) }
                }
            }
        }
        let state: ByteString = "conda-meta/state"
        if let text = try read(state) {
            try describing(
                "could not read the environment variables of '\(state)'",
                remedy: "Mend or remove the file, or unpack again with --force."
            ) {
                for member in try Self.stateVariables(text) {
                    guard let value = member.value.bytes else { continue }
                    try table.set(ByteString(member.name.lossyString.uppercased()), to: value)
                }
            }
        }
        variables = table.variables
    }

    /// The scripts of `activate.d` that `shell` runs. The extension after the last dot decides; a name that consists of
    /// an extension only does not count.
    public func activationScripts(for shell: Shell) -> [ByteString] { Self.select(activationScripts, for: shell) }

    /// The scripts of `deactivate.d` that `shell` runs, in the order they are run: the reverse of activation.
    func deactivationScripts(for shell: Shell) -> [ByteString] {
        Self.select(deactivationScripts, for: shell).reversed()
    }

    private static func select(_ names: [ByteString], for shell: Shell) -> [ByteString] {
        let endings = shell.hookExtensions.map { ByteString("." + $0) }
        return names.filter { name in endings.contains { name.hasSuffix($0) && name.count > $0.count } }
    }

    /// The regular files, and links to regular files, sorted by the bytes of their names. A missing folder counts as
    /// empty.
    private static func files(in folder: ByteString) throws -> [ByteString] {
        guard try Sys.exists(folder) else { return [] }
        let names = try describing(
            "could not read what packages add to the activation",
            remedy: "A package put a file where this folder belongs; leave that package out."
        ) { try Sys.list(folder) }
        return try names.filter { name in
            do {
                return try Sys.stat(folder.appending(path: name)).st_mode & S_IFMT == S_IFREG
            } catch let error as SystemError where error.code == ENOENT || error.code == ELOOP {
                // A dangling link.
                return false
            }
        }.sorted()
    }

    private static func object(_ text: [UInt8]) throws -> JSONValue.Members {
        let document = try JSONDocument(text)
        guard let members = document.root.members else {
            throw Failure("expected a map, found a \(document.root.kindName)")
        }
        return members
    }

    /// Checks that a file of `etc/conda/env_vars.d` can be used when it is installed.
    ///
    /// - Throws: `Failure` naming what is wrong with it.
    static func check(variables text: [UInt8]) throws {
        let root = try JSONDocument(text).root
        guard let members = root.members else { throw Failure("expected a map, found a \(root.kindName)") }
        var table = VariableTable()
        for member in members {
            if let value = member.value.bytes { try table.set(member.name, to: value) }
        }
    }

    /// Checks that an activation script can set a variable to this value.
    ///
    /// - Throws: `Failure` naming what is wrong with it.
    public static func check(variable name: ByteString, _ value: ByteString) throws {
        var table = VariableTable()
        try table.set(name, to: value)
    }

    private static func stateVariables(_ text: [UInt8]) throws -> JSONValue.Members {
        let document = try JSONDocument(text)
        guard document.root.isObject else { throw Failure("expected a map, found a \(document.root.kindName)") }
        guard let variables = document.root["env_vars"]?.members else {
            throw Failure("expected a map of variables under 'env_vars'")
        }
        return variables
    }
}

/// Variables in the order in which they were first named, each with the value given last.
private struct VariableTable {
    private(set) var variables: [ActivationSources.Variable] = []
    private var positions: [ByteString: Int] = [:]

    mutating func set(_ name: ByteString, to value: ByteString) throws {
        let text = name.lossyString
        if name.isEmpty { throw Failure("a variable has an empty name") }
        if text.unicodeScalars.contains(where: { $0 == "=" || $0.properties.generalCategory == .control }) {
            throw Failure("'\(text)' cannot be the name of a variable: it has '=' or a control character in it")
        }
        // Names stand in scripts as they are.
        let active = "$`;&|(){}[]<>\"'\\%^".utf8
        if name.bytes.contains(where: { active.contains($0) }) {
            throw Failure(
                "'\(text)' cannot be the name of a variable: a shell would take a part of it for a command",
                remedy: "Leave out the package that brings it, and do not trust its source.")
        }
        if value.bytes.contains(0) { throw Failure("the value of the variable '\(text)' has a zero byte in it") }
        let variable = ActivationSources.Variable(name: name, value: value)
        if let position = positions[name] {
            variables[position] = variable
        } else {
            positions[name] = variables.count
            variables.append(variable)
        }
    }
}
