import LibC
import Support

/// An environment as a kernel of Jupyter: the kernel spec it brings itself, started in the activated environment
/// (jupyter_client's documentation, "Making kernels for Jupyter").
public struct JupyterKernel: Sendable, Equatable {
    /// What people see in Jupyter.
    let displayName: String
    /// The absolute path of the folder of the kernel spec.
    public let folder: ByteString

    /// Where packages put kernel specs in an environment.
    private static let specs: ByteString = "share/jupyter/kernels"
    private static let startScript: ByteString = "start.sh"

    /// - Parameters:
    ///   - name: the kernel's name; its folder has it in small letters, by which Jupyter knows it.
    ///   - kernels: the absolute path of the folder of kernel specs.
    /// - Throws: `Failure` if Jupyter would not take the name.
    public init(named name: String, in kernels: ByteString) throws {
        let isValid = name.utf8.allSatisfy { isASCIILetter($0) || isASCIIDigit($0) || "-._".utf8.contains($0) }
        guard isValid, !name.isEmpty, name.contains(where: { $0 != "." }), name.utf8.count <= 100 else {
            throw Failure(
                "'\(name)' cannot be the name of a Jupyter kernel",
                remedy: "Use ASCII letters, digits, '-', '.' and '_'.")
        }
        displayName = name
        folder = kernels.appending(path: ByteString(name.lowercased()))
    }

    /// Refuses environments without a kernel, before anything is installed.
    ///
    /// - Throws: `Failure` saying what to do.
    public func requireSpec(in changes: EnvironmentChanges) throws {
        let ending: ByteString = "/kernel.json"
        let names = changes.files(endingIn: ending).map(\.bytes).filter { $0.hasPrefix(Self.specs + "/") }
            .map { ByteString($0.bytes.dropFirst(Self.specs.count + 1).dropLast(ending.count)) }
        _ = try choose(names.filter { !$0.bytes.contains(UInt8(ascii: "/")) })
    }

    /// The kernel for Python, else the only one.
    private func choose(_ names: [ByteString]) throws -> ByteString {
        if names.contains("python3") { return "python3" }
        guard let name = names.first else {
            throw Failure(
                "the environment has no Jupyter kernel",
                remedy: "Add ipykernel, or the kernel of your language, to the workspace, then lock and pack again.",
                kind: .notFound)
        }
        guard names.count == 1 else {
            throw Failure(
                "the environment has several Jupyter kernels: \(names.sorted().map { "\($0)" }.joined(separator: ", "))",
                remedy: "Leave all but one out of the workspace.")
        }
        return name
    }

    /// The files of the kernel spec, each with its absolute path.
    ///
    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - place: where it is now.
    ///   - sources: what its packages contribute to its activation.
    /// - Throws: `Failure` if the environment has no kernel, or its spec cannot be understood.
    public func files(
        prefix: ByteString, at place: ByteString, sources: ActivationSources
    ) throws -> [(path: ByteString, bytes: [UInt8])] {
        let specs = place.appending(path: Self.specs)
        let names = try Sys.exists(specs) ? Sys.list(specs) : []
        let name = try choose(
            names.filter { (try? Sys.exists(specs.appending(path: $0).appending(path: "kernel.json"))) == true })
        let inside = Self.specs.appending(path: name)
        let spec = try describing(
            "could not read the Jupyter kernel '\(inside)'",
            remedy: "Take another version of the package that brings it."
        ) {
            let path = place.appending(path: inside).appending(path: "kernel.json")
            return try JSONDocument(try File.open(path).slice().readAll(limit: 1 << 20))
        }
        let resources = prefix.appending(path: inside)
        let words = spec.root["argv"]?.elements?.compactMap(\.string) ?? []
        guard !words.isEmpty else {
            throw Failure(
                "the Jupyter kernel '\(inside)' does not say how it is started",
                remedy: "Take another version of the package that brings it.")
        }
        return [
            (folder.appending(path: Self.startScript), start(prefix, sources)),
            (folder.appending(path: "kernel.json"), json(spec.root, words, resources: resources.lossyString)),
        ]
    }

    /// Activates the environment and becomes the kernel: with bash if there is one, as `pixi-unpack run`.
    private func start(_ prefix: ByteString, _ sources: ActivationSources) -> [UInt8] {
        let script = ActivationScript(shell: .bash, prefix: prefix, sources: sources)
        let head = """
            #!/bin/sh
            # Starts a kernel in the environment; written by pixi-unpack.
            [ -n "${BASH_VERSION-}" ] || ! command -v bash >/dev/null 2>&1 || exec bash "$0" "$@"

            """
        return Array(head.utf8) + script.bytes + Array("exec \"$@\"\n".utf8)
    }

    private func json(_ spec: JSONValue, _ words: [String], resources: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("argv")
            let own = words.map { $0.replacing(text: "{resource_dir}", with: resources) }
            writer.value(["/bin/sh", "{resource_dir}/\(Self.startScript.lossyString)"] + own)
            writer.member("display_name", displayName)
            writer.member("language", spec["language"]?.string ?? "")
            writer.member("interrupt_mode", spec["interrupt_mode"]?.string)
            if let variables = spec["env"]?.members {
                writer.key("env")
                writer.object { writer in
                    for member in variables { writer.member(member.name.lossyString, member.value.string) }
                }
            }
            if let debugger = spec["metadata"]?["debugger"]?.bool {
                writer.key("metadata")
                writer.object { writer in
                    writer.key("debugger")
                    writer.value(debugger)
                }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
