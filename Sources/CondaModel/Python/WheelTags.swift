import Support

/// Decides which wheels a Python of a conda platform accepts (PEP 425, PEP 600). conda's Pythons for Linux are built with
/// glibc, so no musllinux wheel fits any of them (PEP 656).
public struct WheelTags: Sendable {
    /// The first two numbers of the version of a Python, a C library or a macOS.
    public struct Release: Sendable, Comparable, CustomStringConvertible {
        let major: Int
        let minor: Int

        public init(_ major: Int, _ minor: Int) {
            self.major = major
            self.minor = minor
        }

        /// The first two numbers of a version text; nil if it has none.
        public init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard let first = parts.first, let major = Int(first) else { return nil }
            self.init(major, parts.count > 1 ? Int(parts[1].prefix { ("0"..."9").contains($0) }) ?? 0 : 0)
        }

        public static func < (left: Release, right: Release) -> Bool {
            (left.major, left.minor) < (right.major, right.minor)
        }
        public var description: String { "\(major).\(minor)" }
    }

    /// The version of Python.
    public let python: Release
    /// Whether this is a Python without the global interpreter lock, with tags such as `cp313t` (PEP 703).
    let isFreeThreaded: Bool
    let implementation: PythonBuild.Implementation
    /// The platform of the environment.
    public let platform: Platform
    /// The C library of the system the environment will run on; only for Linux. Nil accepts every release.
    let glibc: Release?
    /// Likewise the macOS of that system; only for macOS.
    let macOS: Release?

    /// What pixi assumes if a workspace does not say which system it needs.
    public static let defaultGlibc = Release(2, 28)
    /// The macOS that is assumed likewise.
    public static let defaultMacOS = Release(13, 0)

    /// - Parameters:
    ///   - glibc: the C library of the system; nil accepts every release.
    ///   - macOS: the macOS of the system; nil accepts every release.
    public init(
        python: Release, isFreeThreaded: Bool = false, implementation: PythonBuild.Implementation = .cPython,
        platform: Platform, glibc: Release? = defaultGlibc, macOS: Release? = defaultMacOS
    ) {
        self.python = python
        self.isFreeThreaded = isFreeThreaded
        self.implementation = implementation
        self.platform = platform
        self.glibc = glibc
        self.macOS = macOS
    }

    /// Whether one combination of the wheel's tags is accepted (PEP 425).
    public func accepts(_ wheel: WheelName) -> Bool { refusal(of: wheel) == nil }

    /// Why the wheel does not fit, for example `it is built for win_amd64, not for linux-64`; nil if it fits.
    public func refusal(of wheel: WheelName) -> Message? {
        let fitting = wheel.platformTags.filter { $0 == "any" || acceptsPlatform($0) }
        if fitting.isEmpty {
            var system = ""
            if platform.isLinux, let glibc { system = " (glibc \(glibc))" }
            if platform.isMacOS, let macOS { system = " (macOS \(macOS))" }
            let tags = wheel.platformTags.listed()
            return "it is built for \(tags), not for \(platform.rawValue)\(system)"
        }
        let isForAny = fitting.contains("any")
        let isForPlatform = fitting.contains { $0 != "any" }
        for pythonTag in wheel.pythonTags {
            for abiTag in wheel.abiTags where accepts(pythonTag, abiTag, any: isForAny, platform: isForPlatform) {
                return nil
            }
        }
        let tags = wheel.pythonTags.joined(separator: ".") + "-" + wheel.abiTags.joined(separator: ".")
        let name =
            switch implementation {
            case .cPython: "Python"
            case .pyPy: "PyPy"
            case .graalPy: "GraalPy"
            }
        return "it is built for \(tags), not for \(name) \(python)\(isFreeThreaded ? " without the global lock" : "")"
    }

    /// The accepted tags in a few words, for messages.
    public var acceptedTags: String {
        let (major, minor) = (python.major, python.minor)
        var interpreters: [String]
        switch implementation {
        case .cPython:
            interpreters = ["cp\(major)\(minor)-cp\(major)\(minor)\(abiFlags)"]
            if major == 3 && !isFreeThreaded { interpreters.append("cp32 to cp3\(minor)-abi3") }
        case .pyPy(let interface):
            interpreters = ["pp\(major)\(minor)-pypy\(major)\(minor)_pp\(interface ?? "*")"]
        case .graalPy: interpreters = ["graalpy\(major)\(minor)-graalpy*_\(major)\(minor)_native"]
        }
        interpreters.append("py\(major)-none")
        var systems = ["any"]
        if platform.isWindows {
            systems.append(windowsTag)
        } else if platform.isMacOS {
            let machine = platform == .osxArm64 ? "arm64" : "x86_64"
            systems += ["macosx_*_\(machine)", "macosx_*_universal2"]
        } else if platform.isLinux {
            let machine = WheelTags.linuxMachine(platform)
            systems += ["linux_\(machine)", "manylinux*_\(machine)"]
        }
        return interpreters.joined(separator: ", ") + " for " + systems.joined(separator: ", ")
    }

    private func accepts(_ pythonTag: String, _ abiTag: String, any: Bool, platform: Bool) -> Bool {
        let letters = pythonTag.prefix { !("0"..."9").contains($0) }
        let digits = pythonTag.dropFirst(letters.count)
        guard let first = digits.first, let major = Int(String(first)), major == python.major else { return false }
        let minor = digits.count > 1 ? Int(digits.dropFirst()) : nil
        if digits.count > 1 && minor == nil { return false }
        switch letters {
        case "py": return abiTag == "none" && (minor ?? 0) <= python.minor
        case "pp":
            guard case .pyPy(let interface) = implementation else { return false }
            // `pp3` stands for every version, as `py3` does.
            guard let minor else { return abiTag == "none" && any }
            if minor != python.minor { return false }
            if abiTag == "none" { return any || platform }
            let abi = "pypy\(major)\(minor)_pp"
            return platform && (interface.map { abiTag == abi + $0 } ?? abiTag.hasPrefix(abi))
        case "graalpy":
            guard case .graalPy = implementation, minor == python.minor else { return false }
            if abiTag == "none" { return any || platform }
            return platform && abiTag.hasPrefix("graalpy") && abiTag.contains(text: "_\(major)\(python.minor)_")
        case "cp":
            guard case .cPython = implementation else { return false }
            guard let minor, minor <= python.minor else { return false }
            if minor == python.minor {
                if abiTag == "none" { return any || platform }
                if platform && abiTag == "cp\(major)\(minor)\(abiFlags)" { return true }
            }
            // The stable ABI (`abi3`) is not offered by a Python without the global lock.
            return platform && abiTag == "abi3" && minor >= 2 && major == 3 && !isFreeThreaded
        default: return false
        }
    }

    private var abiFlags: String { isFreeThreaded ? "t" : python < Release(3, 8) ? "m" : "" }

    private func acceptsPlatform(_ tag: String) -> Bool {
        if platform.isWindows { return tag == windowsTag }
        if platform.isMacOS { return acceptsMacOS(tag) }
        guard platform.isLinux else { return false }
        let machine = WheelTags.linuxMachine(platform)
        if tag == "linux_\(machine)" { return true }
        let isIntel = machine == "x86_64" || machine == "i686"
        let legacy = [("manylinux1", 5), ("manylinux2010", 12), ("manylinux2014", 17)]
        for (alias, minor) in legacy where tag == "\(alias)_\(machine)" {
            return (glibc.map { $0 >= Release(2, minor) } ?? true) && (isIntel || minor == 17)
        }
        guard let needed = release(of: tag, after: "manylinux_", machines: [machine]) else { return false }
        guard needed >= Release(2, isIntel ? 5 : 17) else { return false }
        return glibc.map { needed.major == $0.major && needed <= $0 } ?? true
    }

    private func acceptsMacOS(_ tag: String) -> Bool {
        let isArm = platform == .osxArm64
        let machines =
            isArm ? ["arm64", "universal2"] : ["x86_64", "intel", "fat64", "fat32", "universal2", "universal"]
        guard let needed = release(of: tag, after: "macosx_", machines: machines) else { return false }
        // macOS 11 was the first with arm64.
        if isArm && needed.major < 11 && !tag.hasSuffix("universal2") { return false }
        return macOS.map { needed <= $0 } ?? true
    }

    /// The two numbers of a tag of the form `<prefix>X_Y_<machine>`; nil for other tags.
    private func release(of tag: String, after prefix: String, machines: [String]) -> Release? {
        guard tag.hasPrefix(prefix) else { return nil }
        let parts = tag.dropFirst(prefix.count).split(separator: "_", maxSplits: 2)
        guard parts.count == 3, let major = Int(parts[0]), let minor = Int(parts[1]),
            machines.contains(String(parts[2]))
        else { return nil }
        return Release(major, minor)
    }

    /// The least glibc a wheel needs on a platform, by its tags; nil if it needs none, or does not say which.
    public static func glibc(neededBy wheel: WheelName, on platform: Platform) -> Release? {
        guard platform.isLinux else { return nil }
        let tags = WheelTags(python: Release(3, 0), platform: platform, glibc: nil)
        var least: Release?
        for tag in wheel.platformTags {
            if tag == "any" || tag == "linux_\(linuxMachine(platform))" { return nil }
            guard tags.acceptsPlatform(tag) else { continue }
            let legacy = [("manylinux1_", 5), ("manylinux2010_", 12), ("manylinux2014_", 17)]
            let needed =
                legacy.first { tag.hasPrefix($0.0) }.map { Release(2, $0.1) }
                ?? tags.release(of: tag, after: "manylinux_", machines: [linuxMachine(platform)])
            if let needed { least = min(least ?? needed, needed) }
        }
        return least
    }

    private var windowsTag: String {
        switch platform {
        case .win32: "win32"
        case .winArm64: "win_arm64"
        default: "win_amd64"
        }
    }

    /// The name Python has for the machine on Linux.
    static func linuxMachine(_ platform: Platform) -> String {
        switch platform {
        case .linux64: "x86_64"
        case .linux32: "i686"
        default: String(platform.rawValue.dropFirst("linux-".count))
        }
    }
}
