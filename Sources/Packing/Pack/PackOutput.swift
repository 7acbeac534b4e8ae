import Archive
import CondaModel
import Fetch
import Inventory
import OCI
import Support

/// Where a pack goes.
public enum PackOutput: Sendable, Equatable {
    /// A tar, compressed if its name says so. A device or named pipe at the path is written to in place.
    case file(ByteString)
    /// A tar on standard output.
    case standardOutput
    /// A self-extracting pack: a path, `-` for standard output, nil for the platform's usual name.
    case executable(ByteString?, RuntimeSource)
    /// A folder with the layout of a pack; one that exists keeps its other files.
    case directory(ByteString)
    /// A tag in a registry, or in a layout on the disk.
    case reference(OCIReference)
    /// A layout that is being filled, for a reference.
    case layout(OCILayout)

    /// The name of docs/spec/lock.md#output for a pack nobody named: in the current directory.
    public static func named(_ name: ByteString?, directoryOnly: Bool) -> PackOutput {
        if directoryOnly { return .directory(name.map(withoutSlashes) ?? "environment") }
        guard let name else { return .file("environment.tar") }
        return name == "-" ? .standardOutput : .file(name)
    }

    /// `dist/` and `dist` are one folder.
    static func withoutSlashes(_ path: ByteString) -> ByteString {
        let end = path.bytes.lastIndex { $0 != UInt8(ascii: "/") } ?? path.bytes.startIndex
        return path.isEmpty ? path : ByteString(path.bytes[...end])
    }

    /// Whether a name is that of a pack: who gives it does not mean a folder that is to be made.
    static func isFileName(_ name: ByteString) -> Bool {
        PackCompression(fileName: name) != nil
            || [".tar", ".sh", ".ps1", ".bat", ".cmd"].contains { (ending: ByteString) in name.hasSuffix(ending) }
    }

    /// The ending of a name under which nobody would look for a pack; nil if there is nothing to say against it.
    ///
    /// - Parameter isProgram: it is to be a self-extracting pack, which is never compressed as a whole.
    public static func misleadingEnding(of name: ByteString, isProgram: Bool) -> String? {
        let lower = ByteString(name.lossyString.lowercased())
        if let compression = PackCompression(fileName: name) {
            return isProgram ? compression.endings.first { lower.hasSuffix($0) }?.lossyString : nil
        }
        let endings = [
            ".zip", ".7z", ".rar", ".jar", ".conda", ".whl", ".gz", ".bz2", ".xz", ".zst", ".lz4", ".lz", ".lzma",
            ".lzo",
            ".br", ".z", ".tlz", ".taz", ".iso", ".squashfs",
        ]
        return endings.first { lower.hasSuffix(ByteString($0)) }
    }
}
