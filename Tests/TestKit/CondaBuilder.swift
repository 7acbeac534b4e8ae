import Support

/// Writes conda packages for tests: `info` and `payload` are tars, filled by hand or by the conveniences below.
public struct CondaBuilder {
    public let name: String
    public let version: String
    public let build: String
    public var info = TarBuilder()
    public var payload = TarBuilder()
    /// The objects of `info/paths.json` so far, each as JSON text.
    private var paths: [String] = []
    private var noarch: String?
    private var dependencies: [String] = []
    private let timestamp: Int?

    /// A package; `noarch` and `timestamp` are the fields of `info/index.json`.
    public init(
        _ name: String, version: String = "1.0", build: String = "0", noarch: String? = nil, depends: [String] = [],
        timestamp: Int? = nil
    ) {
        self.name = name
        self.version = version
        self.build = build
        self.noarch = noarch
        dependencies = depends
        self.timestamp = timestamp
    }

    /// `name-version-build` without extension.
    public var stem: String { "\(name)-\(version)-\(build)" }

    /// A payload file, listed in paths.json with hash and size; `placeholder` is the prefix to replace in it.
    public mutating func file(
        _ path: String, _ contents: [UInt8], mode: UInt32 = 0o644, placeholder: String? = nil,
        fileMode: String = "text",
        noLink: Bool = false, time: Int64 = 1_500_000_000
    ) {
        payload.file(path, contents, mode: mode, time: time)
        var fields = [#""_path": "\#(path)""#, #""path_type": "hardlink""#]
        fields.append(#""sha256": "\#(SHA256Hasher.hash(contents).hex)", "size_in_bytes": \#(contents.count)"#)
        if let placeholder { fields.append(#""prefix_placeholder": "\#(placeholder)", "file_mode": "\#(fileMode)""#) }
        if noLink { fields.append(#""no_link": true"#) }
        listed("{\(fields.joined(separator: ", "))}")
    }

    public mutating func file(_ path: String, _ text: String, mode: UInt32 = 0o644, placeholder: String? = nil) {
        file(path, Array(text.utf8), mode: mode, placeholder: placeholder)
    }

    /// A symbolic link, listed as softlink.
    public mutating func symlink(_ path: String, to target: String) {
        payload.symlink(path, to: target)
        listed(#"{"_path": "\#(path)", "path_type": "softlink"}"#)
    }

    /// Adds an object to the list of paths.json, as JSON text.
    public mutating func listed(_ object: String) { paths.append(object) }

    /// The info tar: `index.json` and `paths.json` as gathered, before what was put into `info` by hand.
    private func infoTar(generated: Bool) -> [UInt8] {
        guard generated else { return info.finish() }
        var tar = TarBuilder()
        let depends = dependencies.map { "\"\($0)\"" }.joined(separator: ", ")
        var index = #"{"name": "\#(name)", "version": "\#(version)", "build": "\#(build)", "build_number": 0"#
        index += #", "depends": [\#(depends)]"#
        if let timestamp { index += #", "timestamp": \#(timestamp)"# }
        if let noarch { index += #", "noarch": "\#(noarch)""# }
        tar.file("info/index.json", index + "}")
        tar.file("info/paths.json", #"{"paths": [\#(paths.joined(separator: ", "))], "paths_version": 1}"#)
        return tar.unfinished + info.finish()
    }

    /// The `.conda` file. Without `generated`, index.json and paths.json are yours to write.
    public func conda(generated: Bool = true, method: ZipBuilder.Method = .stored, descriptor: Bool = false) -> [UInt8]
    {
        var zip = ZipBuilder()
        zip.add(
            "metadata.json", Array(#"{"conda_pkg_format_version": 2}"#.utf8), method: method, descriptor: descriptor)
        zip.add(
            "pkg-\(stem).tar.zst", Compression.zstd(payload.finish()), method: method, descriptor: descriptor)
        zip.add(
            "info-\(stem).tar.zst", Compression.zstd(infoTar(generated: generated)), method: method,
            descriptor: descriptor)
        return zip.finish()
    }

    /// The `.tar.bz2` file, `info/` first.
    public func tarBz2(generated: Bool = true) -> [UInt8] { Compression.bzip2(tar(generated: generated)) }

    /// The tar inside of a `.tar.bz2`.
    public func tar(generated: Bool = true) -> [UInt8] {
        let info = infoTar(generated: generated)
        return info[..<(info.count - 1024)] + payload.finish()
    }
}
