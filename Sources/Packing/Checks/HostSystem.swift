import CondaModel
import Support

/// What a machine offers to packages, in conda's terms: its virtual packages `__glibc`, `__cuda` and `__archspec`.
///
/// The program is static and asks no C library of its own; what it cannot find out it does not hold against anybody.
/// `CONDA_OVERRIDE_GLIBC`, `CONDA_OVERRIDE_CUDA` and `CONDA_OVERRIDE_ARCHSPEC` say what to assume, empty: that there is
/// none (conda's documentation, "Managing virtual packages").
struct HostSystem: Sendable {
    /// What is known of a virtual package.
    enum Offer: Sendable, Equatable {
        /// One of these records; several if the machine passes for more than one.
        case any([PackageRecord])
        case absent
        case unknown
    }

    private let variable: @Sendable (String) -> ByteString?
    private let root: ByteString
    private let searchPath: ByteString?

    /// - Parameters:
    ///   - variable: the environment of the process.
    ///   - root: where the machine's files are.
    ///   - searchPath: where programs are looked for.
    init(
        variable: @escaping @Sendable (String) -> ByteString? = { environmentValue($0) }, root: ByteString = "",
        searchPath: ByteString? = environmentValue("PATH")
    ) {
        self.variable = variable
        self.root = root
        self.searchPath = searchPath
    }

    /// The virtual packages that are looked at.
    static let names = ["__glibc", "__cuda", "__archspec"]

    /// What the machine has of one of `names`.
    func offer(_ name: String) -> Offer {
        let overriding = variable("CONDA_OVERRIDE_\(name.dropFirst(2).uppercased())").map {
            String($0.lossyString.filter { $0 != " " })
        }
        if let overriding {
            if overriding.isEmpty { return .absent }
            return name == "__archspec"
                ? .any([HostSystem.record(name, "1", build: overriding)]) : .any([HostSystem.record(name, overriding)])
        }
        switch name {
        case "__glibc": return glibcVersion.map { .any([HostSystem.record(name, $0)]) } ?? .unknown
        case "__cuda": return cuda
        case "__archspec": return microarchitectures
        default: return .unknown
        }
    }

    /// What is said of an offer, for example `__glibc 2.17`.
    static func text(_ offer: Offer, of name: String) -> String {
        guard case .any(let records) = offer, let last = records.last else { return "no \(name)" }
        return name == "__archspec" ? "\(name) \(last.build)" : "\(name) \(last.version)"
    }

    private static func record(_ name: String, _ version: String, build: String = "0") -> PackageRecord {
        PackageRecord(
            name: CondaName(stringLiteral: name), version: version, build: build, subdir: Platform.current.rawValue)
    }

    // MARK: The C library

    private static let libraryFolders = [
        "/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu", "/lib/powerpc64le-linux-gnu", "/lib", "/usr/lib",
    ]

    private var glibcVersion: String? {
        guard Platform.current.isLinux else { return nil }
        for folder in HostSystem.libraryFolders {
            guard let file = try? File.open(root + ByteString(folder) + "/libc.so.6") else { continue }
            // The library is a program that says this of itself.
            if let version = HostSystem.version(after: "release version ", in: file) { return version }
        }
        // Systems with a layout of their own: `ldd (GNU libc) 2.36`.
        guard let ldd = ExternalProgram.find("ldd", searchPath: searchPath),
            let line = (try? ldd.run(["--version"]))?.output.lossyString.split(separator: "\n").first,
            line.contains(text: "GLIBC") || line.contains(text: "GNU libc") || line.contains(text: "glibc")
        else { return nil }
        return line.split(separator: " ").last.map(String.init).flatMap(HostSystem.leadingVersion)
    }

    private static func version(after text: ByteString, in file: File) -> String? {
        guard let bytes = try? file.slice().readAll(limit: 64 << 20) else { return nil }
        return bytes.withUnsafeBytes { bytes in
            text.bytes.withUnsafeBytes { text in
                guard let found = ByteSearch.find(text, in: bytes, from: 0) else { return nil }
                let rest = bytes[(found + text.count)...].prefix(32)
                return leadingVersion(String(decoding: rest, as: UTF8.self))
            }
        }
    }

    /// The digits and dots a text begins with, without a dot at the end; nil if there are none.
    private static func leadingVersion(_ text: String) -> String? {
        let digits = text.utf8.prefix {
            $0 == UInt8(ascii: ".") || isASCIIDigit($0)
        }
        let parts = String(decoding: Array(digits), as: UTF8.self).split(separator: ".")
        return parts.count < 2 ? nil : parts.joined(separator: ".")
    }

    // MARK: Processors

    /// Files that show a driver. Without any of them there is no driver; only its own program tells which CUDA it
    /// supports.
    private static let driverSigns = [
        "/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia/version", "/dev/nvhost-ctrl-gpu", "/dev/nvmap",
        "/dev/dxg",
    ]

    private var cuda: Offer {
        if let program = ExternalProgram.find("nvidia-smi", searchPath: searchPath) {
            guard let ending = try? program.run([]), ending.isSuccess,
                let behind = ending.output.lossyString.parts(between: "CUDA Version: ", maxSplits: 1).dropFirst().first,
                let version = HostSystem.leadingVersion(String(behind.prefix(16)))
            else { return .unknown }
            return .any([HostSystem.record("__cuda", version)])
        }
        let hasDriver = HostSystem.driverSigns.contains { (try? Sys.exists(root + ByteString($0))) == true }
        return hasDriver ? .unknown : .absent
    }

    /// The levels of the x86-64 family the processor reaches. Which model it is nobody is asked about: packages are
    /// built for levels.
    private var microarchitectures: Offer {
        guard Platform.current == .linux64, let level = Processor.x86Level else { return .unknown }
        return .any(
            (1...level).map { HostSystem.record("__archspec", "1", build: $0 == 1 ? "x86_64" : "x86_64_v\($0)") })
    }
}
