import CondaModel
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Compiles Python modules to byte code with the environment's own Python; only on demand, the original never does
/// (docs/spec/install.md#byte-code).
public struct ByteCode: Sendable {
    /// How Python finds out whether byte code is still that of its source (PEP 552).
    public enum Mode: String, CaseIterable, Sendable {
        case timestamp
        case checkedHash = "checked-hash"
        case uncheckedHash = "unchecked-hash"
    }

    private let python: PythonInfo
    private let prefix: ByteString
    /// Relative to the prefix.
    private let modules: [PrefixPath]

    /// The modules of noarch packages and wheels that were installed. Packages for one platform ship their byte code, by
    /// time stamps; where hashes are wanted, theirs is made anew, too.
    ///
    /// - Returns: nil if the environment has no Python or nothing is to be compiled.
    public init?(_ plan: InstallPlan, _ changes: EnvironmentChanges, mode: Mode, prefix: ByteString) {
        guard let python = plan.python else { return nil }
        let conda = (changes.packages + changes.restoredPackages).filter { $0.metadata.noarch == .python }
            .flatMap { $0.paths.filter { !$0.isOverridden }.map(\.target) }
        let wheels = (changes.wheels + changes.restoredWheels).flatMap(\.targets).map { PrefixPath($0) }
        let folder = python.sitePackages.bytes + "/"
        let own = Set(conda + wheels).filter { $0.bytes.hasPrefix(folder) && $0.bytes.hasSuffix(".py") }
        let shipped = mode == .timestamp ? [] : ByteCode.shipped(plan, python)
        modules = own.union(shipped).sorted()
        if modules.isEmpty { return nil }
        self.python = python
        self.prefix = prefix
    }

    /// The modules whose byte code a package brings.
    private static func shipped(_ plan: InstallPlan, _ python: PythonInfo) -> [PrefixPath] {
        let paths = plan.packages.flatMap { $0.paths.lazy.filter { $0.lost == nil }.map(\.target) }
        let all = Set(paths)
        let ending = ByteString(".cpython-\(python.major)\(python.minor).pyc")
        return paths.compactMap { path in
            guard path.bytes.hasSuffix(ending), let cache = path.parent, cache.name == "__pycache__",
                let folder = cache.parent,
                let name = try? RelativePath(ByteString(path.name.bytes.dropLast(ending.count)) + ".py")
            else { return nil }
            let module = folder.appending(name)
            return all.contains(module) ? module : nil
        }
    }

    /// What Python is told: the umask is the first argument, the others are those of `compileall`.
    private static let program: ByteString =
        "import compileall, os, sys; os.umask(int(sys.argv.pop(1), 8)); sys.exit(not compileall.main())"

    /// Compiles.
    ///
    /// - Parameter umask: what the files do not permit.
    /// - Returns: how many modules there were and how many of them could not be compiled.
    /// - Throws: `Failure` if Python cannot be run.
    public func compile(
        _ mode: Mode, umask: UInt32, jobs: Int, reporter: any Reporter
    ) throws -> (modules: Int, failed: Int) {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let list = prefix.appending(path: ByteString(".pixi-pack-modules-\(random)"))
        var text: [UInt8] = []
        for module in modules { text += prefix.appending(path: module.bytes).bytes + [UInt8(ascii: "\n")] }
        try WholeFile.write(text, to: list, umask: 0o077)
        defer { try? Sys.unlink(list) }
        let program = ExternalProgram(path: prefix.appending(path: python.executable.bytes))
        let ending = try describing("could not compile Python modules", remedy: "Do without --compile-pyc.") {
            try program.run([
                // Without -B it would leave byte code of its own kind of the modules it runs.
                "-I", "-B", "-c", Self.program, ByteString(String(umask, radix: 8)), "-q", "-j", ByteString("\(jobs)"),
                "--invalidation-mode",
                ByteString(mode.rawValue), "-i", list,
            ])
        }
        // compileall says `*** Error compiling '…'...` for each and ends with 1.
        let lines = ending.output.bytes.split(separator: UInt8(ascii: "\n"))
        let failures = lines.filter { $0.starts(with: "*** ".utf8) }
        guard ending.isSuccess || !failures.isEmpty else {
            throw Failure(
                "could not compile Python modules: Python ended with \(ending.text):\(lines: ending.output.lossyString)",
                remedy: "Do without --compile-pyc; Python compiles modules when it needs them.")
        }
        for failure in failures { reporter.info("\(ByteString(failure.dropFirst(4)))") }
        return (modules.count, failures.count)
    }
}
