import CondaModel
import Support

/// The environment that wheels are installed into: its paths and its Python (docs/spec/install.md#wheel-folders).
public struct WheelTarget: Sendable {
    let python: PythonInfo
    /// The absolute path of the Python that scripts name.
    let executable: ByteString
    let platform: Platform
    /// What wheels say installed them (PEP 627).
    let installer: String
    /// Whether a wheel for another Python or platform is refused.
    let checksTags: Bool

    /// What the original writes: it installs wheels with uv.
    public static let usualInstaller = "uv"

    /// - Parameter prefix: the absolute path at which the environment will be used.
    public init(
        python: PythonInfo, prefix: ByteString, platform: Platform, installer: String = usualInstaller,
        checksTags: Bool = true
    ) {
        self.checksTags = checksTags
        self.installer = installer
        self.python = python
        self.platform = platform
        executable = lexicallyResolved(prefix).appending(path: python.executable.bytes)
    }

    /// Where modules go, pure ones and others.
    var sitePackages: RelativePath { python.sitePackages.relative }
    /// Where scripts go.
    var scripts: RelativePath { python.scripts.relative }

    /// Where the headers of a distribution go.
    func headers(of name: PyPIName) throws -> RelativePath {
        try RelativePath(
            ByteString("include/python\(python.version)\(python.isFreeThreaded ? "t" : "")/\(name.text)"))
    }

    /// A path of the environment as RECORD has it: relative to site-packages.
    func recorded(_ path: RelativePath) -> ByteString {
        let (base, components) = (sitePackages.components, path.components)
        var common = 0
        while common < base.count, common < components.count - 1, base[common] == components[common] { common += 1 }
        let parts = [ByteString](repeating: "..", count: base.count - common) + components[common...]
        return ByteString(Array(parts.map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
    }

    /// - Throws: `Failure` with the wheel's tags and the accepted ones if Python cannot use the wheel.
    func check(_ wheel: WheelName) throws {
        guard checksTags else { return }
        let tags = WheelTags(
            python: .init(Int(clamping: python.major), Int(clamping: python.minor)),
            isFreeThreaded: python.isFreeThreaded, implementation: python.implementation, platform: platform,
            glibc: nil,
            macOS: nil)
        guard let reason = tags.refusal(of: wheel) else { return }
        throw Failure(
            "the wheel does not fit this environment: \(reason). Accepted are \(tags.acceptedTags)",
            remedy: "Pack the environment for this platform again, or install it nevertheless with --no-wheel-check.",
            kind: .hostCheck)
    }
}

/// The absolute path with `.` and `..` resolved without looking at the disk, as Python does for its own path.
func lexicallyResolved(_ path: ByteString) -> ByteString {
    var components: [ArraySlice<UInt8>] = []
    for component in path.bytes.split(separator: UInt8(ascii: "/")) {
        if component.elementsEqual(".".utf8) { continue }
        if component.elementsEqual("..".utf8) { _ = components.popLast() } else { components.append(component) }
    }
    return ByteString([UInt8(ascii: "/")] + components.joined(separator: [UInt8(ascii: "/")]))
}
