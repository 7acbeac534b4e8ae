import LibC
import Support

/// A folder in memory for readers of folders, emptied for each input.
struct FuzzFolder: Sendable {
    let path: ByteString

    /// - Parameter name: tells the folders of one process apart.
    init(_ name: String) { path = ByteString("/dev/shm/pixi-pack-fuzz-\(getpid())-\(name)") }

    /// Removes everything in it.
    func clear() throws {
        try? RemoveTree.remove(path)
        try Sys.mkdir(path)
    }

    /// Writes a file, its folders included.
    func write(_ name: ByteString, _ bytes: [UInt8]) throws {
        var folder = path
        for component in name.bytes.split(separator: UInt8(ascii: "/")).dropLast() {
            folder = folder.appending(path: ByteString(component))
            try? Sys.mkdir(folder)
        }
        let path = path.appending(path: name)
        let file = File(descriptor: try Sys.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600), path: path)
        try bytes.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0) }
    }
}
