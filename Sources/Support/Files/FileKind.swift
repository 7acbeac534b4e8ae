import LibC

/// What is at a path, as far as a reader of it needs to know.
public enum FileKind: Sendable, Equatable {
    case regular, directory, pipe, socket, characterDevice, blockDevice, other

    /// - Parameter mode: `st_mode`.
    public init(_ mode: mode_t) {
        self =
            switch mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .other
            }
    }

    /// What it is, with its article, for messages; nil for a regular file.
    var nameOfOther: String? {
        switch self {
        case .regular: nil
        case .directory: "a folder"
        case .pipe: "a named pipe"
        case .socket: "a socket"
        case .characterDevice, .blockDevice: "a device"
        case .other: "something else"
        }
    }
}
