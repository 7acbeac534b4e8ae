import Archive
import CondaModel
import LibC
import SelfExtract
import Support

extension PackOutput {
    /// Where the pack will be; nil for standard output.
    func path(for platform: Platform) -> ByteString? {
        switch self {
        case .standardOutput, .executable("-", _): nil
        case .executable(let name, _): name ?? ExecutablePack.usualName(for: platform)
        case .file(let path), .directory(let path): path
        case .reference(let reference): reference.description
        case .layout(let layout): layout.path
        }
    }

    /// The folder the pack lies in; nil for standard output.
    var folder: ByteString? {
        switch self {
        case .standardOutput, .executable("-", _): nil
        case .executable(nil, _): "."
        case .executable(let name?, _), .file(let name), .directory(let name): name.parentPath
        case .reference: nil
        case .layout(let layout): layout.path
        }
    }

    var isDirectory: Bool {
        if case .directory = self { true } else { false }
    }

    /// Whether it is a device or pipe, which takes bytes and keeps its place.
    var isSpecialFile: Bool {
        guard case .file(let path) = self, let status = try? Sys.stat(path) else { return false }
        return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    /// Begins the pack.
    ///
    /// - Parameters:
    ///   - program: of a self-extracting pack.
    ///   - image: makes the image of one that has no packages.
    /// - Throws: `Failure` naming the target if it cannot be written.
    func writer(
        _ entries: [PackEntry], program: EmbeddedRuntime?, image: ExecutableImage? = nil, reporter: any Reporter
    ) throws -> any PackWriter {
        switch self {
        case .executable(let name, _):
            guard let program else { break }
            guard let path = name == "-" ? nil : name ?? ExecutablePack.usualName(for: program.platform) else {
                return try ExecutablePack.stream(entries, to: .standardOutput(), runtime: program)
            }
            if let image {
                return try ExecutablePack.writer(entries, at: path, runtime: program, image: image, reporter: reporter)
            }
            return try ExecutablePack.writer(entries, at: path, runtime: program)
        case .directory(let path):
            return try DirectoryPackWriter(entries, at: path, replacing: PackFiles.belonging(to: path))
        case .file(let path) where isSpecialFile:
            let descriptor = try describing("could not create '\(path)'") { try Sys.open(path, O_WRONLY) }
            return try StreamedPack.writer(entries, to: File(descriptor: descriptor, path: path))
        case .file(let path):
            guard let compression = PackCompression(fileName: path) else { return try TarPackWriter(entries, at: path) }
            return try StreamedPack.compressed(entries, at: path, compression)
        case .layout(let layout): return try LayoutPackWriter(entries, to: layout)
        case .reference(let reference):
            throw Failure("'\(reference.description)' cannot be written to without a layout")
        case .standardOutput: break
        }
        return try StreamedPack.writer(entries, to: .standardOutput())
    }
}

extension File {
    fileprivate static func standardOutput() throws -> File {
        File(descriptor: try Sys.duplicate(1), path: "standard output")
    }
}
