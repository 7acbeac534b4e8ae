import CondaModel
import LibC
import Support

/// Compiles Python modules to byte code with the environment's own Python. Only on request, as the original never does
/// it (docs/spec/install.md#byte-code).
public struct ByteCode: Sendable {
    /// How Python checks that byte code still belongs to its source (PEP 552).
    public enum Mode: String, CaseIterable, Sendable {
        case timestamp
        case checkedHash = "checked-hash"
        case uncheckedHash = "unchecked-hash"
    }

    private let python: PythonInfo
    private let prefix: FinalPrefix
    /// Where the environment is now.
    private let place: ByteString
    /// Relative to the prefix.
    let modules: [PrefixPath]

    /// The modules that were installed without byte code, as `python -m compileall` would find them. Packages for one platform ship byte code with
    /// time stamps; if hashes are wanted, theirs is compiled again, too.
    ///
    /// - Parameter place: where the environment is now.
    /// - Returns: nil if the environment has no Python or there is nothing to compile.
    public init?(_ plan: InstallPlan, _ changes: EnvironmentChanges, mode: Mode, at place: ByteString) {
        guard let python = plan.python else { return nil }
        let conda = (changes.packages + changes.restoredPackages).flatMap { ByteCode.uncompiled($0, python) }
        let wheels = (changes.wheels + changes.restoredWheels).flatMap(\.targets).map { PrefixPath($0) }
        let folder = python.sitePackages.bytes + "/"
        // As compileall walks: not into folders of byte code.
        let own = Set(conda + wheels).filter { path in
            path.bytes.hasPrefix(folder) && path.bytes.hasSuffix(".py")
                && !path.relative.components.contains("__pycache__")
        }
        let shipped = mode == .timestamp ? [] : ByteCode.shipped(plan, python)
        modules = own.union(shipped).sorted()
        if modules.isEmpty { return nil }
        self.python = python
        prefix = plan.prefix
        self.place = place
    }

    /// The modules of a package without byte code for what is installed: a module that contains the path of the
    /// environment differs from the file the package compiled.
    private static func uncompiled(_ package: PackagePlan, _ python: PythonInfo) -> [PrefixPath] {
        let modules = package.paths.filter { !$0.isOverridden && $0.lost == nil && $0.target.bytes.hasSuffix(".py") }
        if package.metadata.noarch == .python { return modules.map(\.target) }
        let there = Set(package.paths.lazy.map(\.target.bytes))
        return modules.filter { module in
            let stem = ByteString(module.target.name.bytes.dropLast(3))
            let code = stem + ByteString(".cpython-\(python.major)\(python.minor).pyc")
            let folder = module.target.parent?.bytes ?? ""
            return module.path.placeholder != nil
                || !there.contains(folder.appending(path: "__pycache__").appending(path: code))
        }.map(\.target)
    }

    /// The modules whose byte code comes from a package.
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

    /// The byte code of packages that belongs to the modules, and is made anew.
    var replaced: [PrefixPath] {
        modules.compactMap { module in
            let tag = ByteString(".cpython-\(python.major)\(python.minor).pyc")
            let folder = (module.parent?.bytes ?? "").appending(path: "__pycache__")
            return try? PrefixPath(folder.appending(path: ByteString(module.name.bytes.dropLast(3)) + tag))
        }
    }

    /// The byte code that was made of the modules.
    ///
    /// - Parameter list: the names in a folder.
    func results(_ list: (PrefixPath) -> [ByteString]) throws -> [PrefixPath] {
        var known: [PrefixPath: [ByteString]] = [:]
        var results: [PrefixPath] = []
        for module in modules {
            let folder = try PrefixPath((module.parent?.bytes ?? "").appending(path: "__pycache__"))
            let names = known[folder] ?? list(folder)
            known[folder] = names
            let start = ByteString(module.name.bytes.dropLast(2))
            for name in names where name.hasPrefix(start) && name.hasSuffix(".pyc") {
                // `module.cpython-313.pyc`, but not that of `module.more`, nor `module.cpython-313.opt-1.pyc`.
                let tag = name.bytes.dropFirst(start.count).dropLast(4)
                if tag.contains(UInt8(ascii: ".")) { continue }
                results.append(try PrefixPath(folder.bytes.appending(path: name)))
            }
        }
        return results
    }

    /// The program for Python. Its first argument is the umask; the others are those of `compileall`.
    private static let program: ByteString =
        "import compileall, os, sys; os.umask(int(sys.argv.pop(1), 8)); sys.exit(not compileall.main())"

    /// Compiles the modules.
    ///
    /// - Parameter umask: permission bits that the files do not get.
    /// - Returns: how many modules there were and how many of them could not be compiled.
    /// - Throws: `Failure` if Python cannot be run.
    public func compile(
        _ mode: Mode, umask: UInt32, jobs: Int, reporter: any Reporter
    ) throws -> (modules: Int, failed: Int) {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let list = place.appending(path: ByteString(".pixi-pack-modules-\(random)"))
        var text: [UInt8] = []
        for module in modules { text += place.appending(path: module.bytes).bytes + [UInt8(ascii: "\n")] }
        try WholeFile.write(text, to: list, umask: 0o077)
        defer { try? Sys.unlink(list) }
        let program = ExternalProgram(path: place.appending(path: python.executable.bytes))
        let ending = try describing("could not compile Python modules", remedy: "Do without --compile-pyc.") {
            try program.run(
                [
                    // Without -B Python would also write byte code of the modules it uses itself.
                    "-I", "-B", "-c", Self.program, ByteString(String(umask, radix: 8)), "-q", "-j",
                    ByteString("\(jobs)"),
                    "--invalidation-mode",
                    ByteString(mode.rawValue), "-i", list,
                ] + (prefix.path == place ? [] : ["-s", place, "-p", prefix.path]))
        }
        // compileall prints `*** Error compiling '…'...` for each of them, and its exit code is 1.
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
