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
        if let index = packages.firstIndex(where: { $0.record.name.lowercased == package.record.name.lowercased }) {
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

    /// The injected package that takes the place of those of this name, which is compared without regard to case.
    public func package(replacing name: CondaName) -> InjectedPackage? {
        packages.first { $0.record.name.lowercased == name.lowercased }
    }

    /// The injected wheel that takes the place of the package of this name.
    public func wheel(replacing name: PyPIName) -> InjectedWheel? { wheels.first { $0.name.name == name } }

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
