import Support

/// Makes packs of random sets of packages that get in each other's way: conda packages whose files, folders and links
/// are one another's, noarch packages and wheels with scripts of equal names, wheels of one version with several
/// contents, several Pythons or none. Equal seeds make equal packs.
public struct GeneratedChannel {
    /// A set of packages, as the files of a pack.
    public struct State {
        /// What is in it, for messages.
        public let summary: String
        /// By path in the pack; all but `pixi-pack.json`.
        public let members: [String: [UInt8]]

        public init(summary: String, members: [String: [UInt8]]) {
            self.summary = summary
            self.members = members
        }
    }

    private let seed: String
    private let subdir: String
    private var random: SeededGenerator
    /// Of a hundred paths, how many have names that other packages have as well.
    private let sharing: Int

    /// - Parameter sharing: of a hundred paths, how many have names that other packages have as well. If not all do,
    ///   the sets of the channel mostly have the same Python, the same wheels and the same index in common.
    public init(seed: UInt64, subdir: String, sharing: Int = 100) {
        self.seed = "\(seed)"
        self.subdir = subdir
        self.sharing = sharing
        random = SeededGenerator("\(seed)")
    }

    /// What decides about that which the sets of a channel have in common.
    private mutating func common() -> SeededGenerator {
        sharing == 100 || random.happens(5) ? SeededGenerator("\(random.next())") : SeededGenerator(seed, "common")
    }

    /// The path as the package has it.
    private func own(_ path: String, _ name: String, _ random: inout SeededGenerator) -> String {
        if sharing == 100 || random.happens(sharing) { return path }
        let stem = path.hasSuffix(".py") ? String(path.dropLast(3)) : path
        return "\(stem)_\(name)" + (path.hasSuffix(".py") ? ".py" : "")
    }

    private struct Python {
        let version: String
        let site: String
    }

    private static let pythons = [
        Python(version: "3.11.2", site: "lib/python3.11/site-packages"),
        Python(version: "3.12.1", site: "lib/python3.12/site-packages"),
        Python(version: "3.12.4", site: "lib/python3.12/site-packages"),
        Python(version: "3.13.0", site: "lib/python3.13/site-packages"),
        Python(version: "3.13.0", site: "lib/python3.13t/site-packages"),
    ]

    /// Few names, so that they meet.
    private static let paths = [
        "share/t", "share/t/u", "share/t/u/v", "share/T", "share/w", "share/w/x", "share/w/x.py", "etc/c", "etc/c/d",
        "lib/l", "lib/l/m", "bin/tool", "bin/run", "CACHEDIR.TAG", "top",
    ]
    private static let modules = [
        "m.py", "pkg/__init__.py", "pkg/n.py", "pkg/sub/o.py", "data.txt", "w1-1.0.dist-info/INSTALLER",
    ]
    private static let commands = ["tool", "run", "app"]
    private static let placeholder =
        "/opt/placeholder_placeholder_placeholder_placeholder_placeholder_placeholder_placeholder_placeholder_placeholder"

    /// Another set.
    public mutating func next() -> State {
        var members: [String: [UInt8]] = [:]
        var records: [String] = []
        var words: [String] = []
        var common = common()
        let python = common.happens(80) ? common.pick(Self.pythons) : nil
        var names = ["a", "b", "c", "d", "e"].filter { _ in random.happens(60) }
        var packages: [(builder: CondaBuilder, fields: [String])] = names.map { name in
            (package(name, version: random.pick(["1", "2", "3"]), build: "0"), [])
        }
        if let python {
            packages.append((interpreter(python), ["\"python_site_packages_path\": \"\(python.site)\""]))
            for name in ["n1", "n2", "n3"] where random.happens(60) {
                names.append(name)
                packages.append((anyPython(name, version: random.pick(["1", "2"])), ["\"noarch\": \"python\""]))
            }
        }
        for (builder, fields) in packages {
            let bytes = builder.conda()
            let fileName = builder.stem + ".conda"
            members["channel/\(subdir)/\(fileName)"] = bytes
            // What the index says may change without the package.
            let depends = names.filter { $0 != builder.name && sharing == 100 && random.happens(15) }.map {
                "\"\($0)\""
            }
            let license = random.happens(sharing / 5) ? ["\"license\": \"MIT\""] : []
            let own = [
                "\"name\": \"\(builder.name)\"", "\"version\": \"\(builder.version)\"",
                "\"build\": \"\(builder.build)\"",
                "\"build_number\": 0", "\"depends\": [\(depends.joined(separator: ", "))]", "\"subdir\": \"\(subdir)\"",
                "\"sha256\": \"\(SHA256Hasher.hash(bytes).hex)\"", "\"size\": \(bytes.count)",
            ]
            records.append("\"\(fileName)\": {\((own + fields + license).joined(separator: ", "))}")
            words.append(builder.stem)
        }
        if python != nil {
            for name in ["w1", "w2", "w3"] where common.happens(55) {
                let (version, variant) = (common.pick(["1.0", "2.0"]), common.pick(["x", "y"]))
                let wheel = self.wheel(name, version: version, variant: variant)
                let hasHashes = SeededGenerator(seed, name, version).hasHashes
                members["pypi/\(wheel.fileName)"] = wheel.archive { contents in
                    hasHashes ? "sha256=" + Base64.url.encode(SHA256Hasher.hash(contents).bytes) : ""
                }
                words.append("\(wheel.stem)/\(variant)")
            }
        }
        members["channel/\(subdir)/repodata.json"] = Array(
            "{\"packages.conda\": {\(records.joined(separator: ", "))}}".utf8)
        return State(summary: words.joined(separator: " "), members: members)
    }

    private func interpreter(_ python: Python) -> CondaBuilder {
        let minor = python.version.split(separator: ".").prefix(2).joined(separator: ".")
        let isFree = python.site.contains("t/")
        var builder = CondaBuilder("python", version: python.version, build: isFree ? "t_0" : "0")
        builder.file("bin/python\(minor)", "python \(python.version)\(isFree)", mode: 0o755)
        builder.symlink("bin/python", to: "python\(minor)")
        builder.file("\(python.site.dropLast("/site-packages".count))/os.py", "os of \(python.version)")
        builder.file("\(python.site)/README.txt", "modules")
        return builder
    }

    private func package(_ name: String, version: String, build: String) -> CondaBuilder {
        var random = SeededGenerator(seed, name, version)
        var builder = CondaBuilder(name, version: version, build: build)
        var files: [String] = []
        var taken: [String] = []
        let sites = Self.pythons.map { "\($0.site)/\(random.pick(Self.modules))" }
        for path in (Self.paths + sites).shuffled(using: &random).prefix(Int.random(in: 1...7, using: &random)) {
            let path = own(path, name, &random)
            if taken.contains(where: { $0 == path || $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }) {
                continue
            }
            taken.append(path)
            let text = "\(path) of \(name) \(random.happens(60) ? version : "any")\n"
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1: builder.symlink(path, to: random.pick(["t", "w", "../lib", "nowhere", "T"]))
            case 2:
                builder.payload.directory(path)
                builder.listed(#"{"_path": "\#(path)", "path_type": "directory"}"#)
            case 3:
                let placed = "#!\(Self.placeholder)/bin/python\n\(Self.placeholder)/share\n" + text
                builder.file(path, placed, mode: 0o755, placeholder: Self.placeholder)
            case 4 where !files.isEmpty:
                let other = random.pick(files)
                builder.payload.hardlink(path, to: other)
                builder.listed(#"{"_path": "\#(path)", "path_type": "hardlink"}"#)
            default:
                builder.file(path, text, mode: random.pick([0o644, 0o755, 0o600]))
                files.append(path)
            }
        }
        return builder
    }

    private func anyPython(_ name: String, version: String) -> CondaBuilder {
        var random = SeededGenerator(seed, name, version)
        var builder = CondaBuilder(name, version: version, noarch: "python")
        for module in Self.modules where random.happens(30) {
            let module = own(module, name, &random)
            builder.file("site-packages/\(module)", "\(module) of \(name) \(version)")
        }
        if random.happens(30) {
            let command = own(random.pick(Self.commands), name, &random)
            builder.file("python-scripts/\(command)", "#!/bin/sh\n", mode: 0o755)
        }
        let commands = Self.commands.filter { _ in random.happens(50) }.map { command in
            "\"\(own(command, name, &random)) = \(name):main\(version)\""
        }
        builder.info.file(
            "info/link.json",
            """
            {"noarch": {"type": "python", "entry_points": [\(commands.joined(separator: ", "))]}, \
            "package_metadata_version": 1}
            """)
        return builder
    }

    private func wheel(_ name: String, version: String, variant: String) -> WheelBuilder {
        var random = SeededGenerator(seed, name, version)
        var wheel = WheelBuilder(name, version)
        for module in Self.modules where random.happens(50) && !module.contains("dist-info") {
            let module = own(module, name, &random)
            wheel.add(module, "\(module) of \(name) \(version) \(variant)")
        }
        wheel.add("\(name)_own/f.py", "\(variant)")
        if random.happens(30) { wheel.add("\(name)_own/empty/", "", mode: 0o40755) }
        if random.happens(30) { wheel.add("pkg/none/", "", mode: 0o40755) }
        if random.happens(40) {
            wheel.add(
                "{S}.data/scripts/\(own(random.pick(Self.commands), name, &random))", "#!python\n\(name) \(variant)\n",
                mode: 0o100755)
        }
        if random.happens(40) {
            wheel.add("{S}.data/data/\(own(random.pick(Self.paths), name, &random))", "data of \(name) \(variant)")
        }
        if random.happens(30) { wheel.add("{S}.data/headers/h.h", "\(version)") }
        if random.happens(50) {
            wheel.entryPoints = "[console_scripts]\n\(own(random.pick(Self.commands), name, &random)) = \(name):main\n"
        }
        return wheel
    }
}

extension SeededGenerator {
    /// A wheel's RECORD need not have hashes.
    fileprivate var hasHashes: Bool {
        var copy = self
        return copy.happens(60)
    }
}
