import Archive
import CondaModel
import Support

/// The files given with `--inject`, opened and read (docs/spec/lock.md#injection).
public struct InjectedFiles: Sendable {
    /// In the order of the command line.
    public private(set) var packages: [InjectedPackage] = []
    public private(set) var wheels: [InjectedWheel] = []

    /// Nothing injected.
    public init() {}

    /// Reads all files.
    ///
    /// - Throws: `Failure` naming a file that is no `.conda`, `.tar.bz2` or `.whl`, or that cannot be read.
    public init(_ paths: [ByteString], reporter: any Reporter) throws {
        for path in paths { _ = try InjectedFiles.kind(of: path) }
        let scratch = DecoderScratch()
        for path in paths {
            if try InjectedFiles.kind(of: path) == .wheel {
                add(try InjectedWheel.read(path, scratch: scratch), reporter: reporter)
            } else {
                add(try InjectedPackage.read(path, scratch: scratch), reporter: reporter)
            }
        }
    }

    /// Adds a package; one of the same name given before goes.
    public mutating func add(_ package: InjectedPackage, reporter: any Reporter) {
        if let index = packages.firstIndex(where: { isSame($0.record.name, package.record.name) }) {
            reporter.warn("'\(package.fileName)' replaces '\(packages[index].fileName)', which was injected before it")
            packages.remove(at: index)
        }
        packages.append(package)
    }

    /// Adds a wheel; one of the same name given before goes.
    public mutating func add(_ wheel: InjectedWheel, reporter: any Reporter) {
        if let index = wheels.firstIndex(where: { $0.name.name == wheel.name.name }) {
            reporter.warn("'\(wheel.fileName)' replaces '\(wheels[index].fileName)', which was injected before it")
            wheels.remove(at: index)
        }
        wheels.append(wheel)
    }

    /// Whether an injected package takes the place of this one; says so.
    public func replaces(conda name: String, fileName: String, reporter: any Reporter) -> Bool {
        guard let package = packages.first(where: { isSame($0.record.name, name) }) else { return false }
        reporter.warn("injected '\(package.fileName)' replaces '\(fileName)' of the environment")
        return true
    }

    /// Whether an injected wheel takes the place of this package from PyPI; says so.
    public func replaces(pypi name: PyPIName, source: String, reporter: any Reporter) -> Bool {
        guard let wheel = wheels.first(where: { $0.name.name == name }) else { return false }
        reporter.warn("injected '\(wheel.fileName)' replaces '\(source)' of the environment")
        return true
    }

    private func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.map { asciiLowercased($0) }.elementsEqual(right.utf8.map { asciiLowercased($0) })
    }

    private func asciiLowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// What a file is, by its name alone.
    public static func kind(of path: ByteString) throws -> ArchiveName.Kind {
        if path.hasSuffix(".conda") { return .conda }
        if path.hasSuffix(".tar.bz2") { return .tarBz2 }
        if path.hasSuffix(".whl") { return .wheel }
        throw Failure(
            "cannot inject '\(path)': it is neither a conda package (.conda, .tar.bz2) nor a wheel (.whl)",
            remedy:
                "Pack what you want to inject as one of these, for example with 'pixi publish' or 'uv build --wheel'.")
    }
}
