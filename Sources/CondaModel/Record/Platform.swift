import Support

/// A platform as conda names it: the subdir of a channel (docs/spec/lock.md#subdirs).
public enum Platform: String, CaseIterable, Sendable, Hashable {
    case noarch
    case linux32 = "linux-32"
    case linux64 = "linux-64"
    case linuxAarch64 = "linux-aarch64"
    case linuxArmv6l = "linux-armv6l"
    case linuxArmv7l = "linux-armv7l"
    case linuxLoongarch64 = "linux-loongarch64"
    case linuxPpc64le = "linux-ppc64le"
    case linuxPpc64 = "linux-ppc64"
    case linuxPpc = "linux-ppc"
    case linuxS390x = "linux-s390x"
    case linuxRiscv32 = "linux-riscv32"
    case linuxRiscv64 = "linux-riscv64"
    case freebsd32 = "freebsd-32"
    case freebsd64 = "freebsd-64"
    case freebsdArm64 = "freebsd-arm64"
    case osx64 = "osx-64"
    case osxArm64 = "osx-arm64"
    case win32 = "win-32"
    case win64 = "win-64"
    case winArm64 = "win-arm64"
    case emscriptenWasm32 = "emscripten-wasm32"
    case wasiWasm32 = "wasi-wasm32"
    case zosZ = "zos-z"

    /// - Throws: `Failure` listing the valid names (docs/spec/lock.md#subdirs).
    public init(parsing name: String) throws {
        guard let platform = Platform.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
            // The original lists `unknown`, although it does not accept it.
            let names = ["noarch", "unknown"] + Platform.allCases.dropFirst().map(\.rawValue)
            throw Failure(
                "'\(name)' is not a known platform. Valid platforms are "
                    + names.map { "'\($0)'" }.listed())
        }
        self = platform
    }

    /// Whether it is one of the `win-` platforms.
    public var isWindows: Bool { self == .win32 || self == .win64 || self == .winArm64 }
    /// Whether it is one of the `osx-` platforms.
    public var isMacOS: Bool { self == .osx64 || self == .osxArm64 }
    /// Whether it is one of the `linux-` platforms.
    public var isLinux: Bool { rawValue.hasPrefix("linux-") }

    /// The `arch` field of a record of this subdir (docs/spec/lock.md#derived).
    public var archField: String? {
        switch self {
        case .noarch: nil
        case .linux64, .win64, .osx64, .freebsd64: "x86_64"
        case .linux32, .win32, .freebsd32: "x86"
        default: rawValue.split(separator: "-").last.map(String.init)
        }
    }

    /// The `platform` field of a record of this subdir (docs/spec/lock.md#derived).
    public var platformField: String? {
        self == .noarch ? nil : String(decoding: rawValue.utf8.prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)
    }
}
