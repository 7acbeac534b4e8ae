import LibC

/// Environment variables, and the places they name: a value, so that tests can give their own.
///
/// An empty variable counts as one that is not set. The places have their rules here, once for all commands.
public struct ProcessEnvironment: Sendable {
    private var values: [String: ByteString]

    public init(_ values: [String: String]) { self.values = values.mapValues { ByteString($0) } }

    private init(bytes: [String: ByteString]) { values = bytes }

    /// The variables of this process as they are now.
    public static var current: ProcessEnvironment {
        var values: [String: ByteString] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = ByteString(cString: text).bytes
            if let equals = pair.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(decoding: pair[..<equals], as: UTF8.self)
                values[name] = ByteString(pair[(equals + 1)...])
            }
            entry += 1
        }
        return ProcessEnvironment(bytes: values)
    }

    /// The value of a variable as text; nil if it is unset or empty.
    public subscript(name: String) -> String? {
        get { bytes(name)?.lossyString }
        set { values[name] = newValue.map { ByteString($0) } }
    }

    /// The value of a variable as it is; nil if it is unset or empty.
    public func bytes(_ name: String) -> ByteString? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// An absolute path; a relative one says nothing, as it would mean another place in each folder (XDG Base Directory
    /// Specification).
    private func absolutePath(_ name: String) -> ByteString? { bytes(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }

    /// The home directory: `HOME`.
    public var home: ByteString? { absolutePath("HOME") }

    /// Where caches lie: `XDG_CACHE_HOME`, else `.cache` in the home directory.
    public var cacheHome: ByteString? { absolutePath("XDG_CACHE_HOME") ?? home?.appending(path: ".cache") }

    /// Where a person's data lies: `XDG_DATA_HOME`, else `.local/share` in the home directory.
    public var dataHome: ByteString? { absolutePath("XDG_DATA_HOME") ?? home?.appending(path: ".local/share") }

    /// Where configuration lies that is not in `~/.config`: `XDG_CONFIG_HOME`.
    public var configHome: ByteString? { absolutePath("XDG_CONFIG_HOME") }

    /// Where temporary files go: `TMPDIR`, else `/tmp` (POSIX, Base Definitions 8.3). A relative one counts from the
    /// current folder.
    public var temporaryFolder: ByteString { bytes("TMPDIR") ?? "/tmp" }

    /// Where large temporary files go: `TMPDIR`, else `/var/tmp`, as `/tmp` is memory on many machines.
    public var largeTemporaryFolder: ByteString {
        bytes("TMPDIR") ?? ((try? Sys.exists("/var/tmp")) == true ? "/var/tmp" : "/tmp")
    }
}
