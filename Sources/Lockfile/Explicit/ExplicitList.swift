import CondaModel
import Support

/// A list of the files of an environment, as `conda list --explicit` writes it: a line `@EXPLICIT`, then one URL a
/// line, each with `#` and a hash behind it.
///
/// Some comments have a meaning: `# platform: linux-64`, and `# pip NAME @ URL#sha256=…` by conda-lock, which
/// micromamba reads as well.
public struct ExplicitList: Sendable {
    /// A conda package of the list.
    public struct Package: Sendable, Equatable {
        /// A relative path counts from the current directory, as in conda.
        public let location: PackageLocation
        public let fileName: String
        /// The file's folder if it is a known subdir.
        public let subdir: Platform?
        public let md5: MD5Digest?
        public let sha256: SHA256Digest?
        public var digests: FileDigests { FileDigests(sha256: sha256, md5: md5) }
    }

    /// Sorted by location, without duplicates.
    public private(set) var packages: [Package] = []
    /// The Python packages in comments of conda-lock.
    public private(set) var python: [LockedPyPI] = []
    /// The platform that a comment gives.
    private(set) var declaredPlatform: Platform?
    /// The hash of the text.
    public let sha256: SHA256Digest

    /// In bytes; larger lists are refused.
    static let maximumSize: Int64 = 64 << 20

    /// - Throws: `Failure` naming the file and the line that cannot be read.
    public static func read(at path: ByteString) throws -> ExplicitList {
        try describing("could not read the list '\(path)'", remedy: "Write it anew: conda list --explicit --md5.") {
            try ExplicitList(try File.open(path).slice().readAll(limit: maximumSize))
        }
    }

    /// - Throws: `Failure` naming the line that cannot be read.
    init(_ text: [UInt8]) throws {
        sha256 = SHA256Hasher.hash(text)
        var isExplicit = false
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let line = ExplicitList.trimmed(bytes)
            if line == "@EXPLICIT" {
                isExplicit = true
            } else if line.hasPrefix("#") {
                try comment(ExplicitList.trimmed(line.bytes.dropFirst()), line: index + 1)
            } else if !line.isEmpty {
                packages.append(try describing("line \(index + 1)") { try Package(line) })
            }
        }
        guard isExplicit else { throw Failure("it has no line '@EXPLICIT'") }
        packages.sort { $0.location.text < $1.location.text }
        try removeDuplicates()
    }

    private mutating func comment(_ text: ByteString, line: Int) throws {
        if text.hasPrefix("platform:") {
            declaredPlatform = try? Platform(parsing: ExplicitList.trimmed(text.bytes.dropFirst(9)).lossyString)
        } else if text.hasPrefix("pip ") {
            python.append(
                try describing("line \(line)") {
                    try LockedPyPI(requirement: ExplicitList.trimmed(text.bytes.dropFirst(4)))
                })
        }
    }

    private mutating func removeDuplicates() throws {
        var kept: [Package] = []
        for package in packages {
            if let last = kept.last, last.location == package.location {
                guard last == package else {
                    throw Failure("'\(package.location.redacted)' is there twice, with different hashes")
                }
            } else {
                kept.append(package)
            }
        }
        packages = kept
    }

    /// The platform by the packages' folders; if all packages are noarch, the one that the comment gives.
    ///
    /// - Parameter asked: the platform the user wants, if he names one.
    /// - Throws: `Failure` if the packages are for several platforms, or for another one.
    public func platform(asked: Platform?) throws -> Platform {
        var found: [Platform] = []
        for case let subdir? in packages.map(\.subdir) where subdir != .noarch && !found.contains(subdir) {
            found.append(subdir)
        }
        if found.count > 1 {
            throw Failure(
                "the list has packages of several platforms: \(found.map(\.rawValue).joined(separator: ", "))",
                remedy: "Make one list for each platform.")
        }
        guard let platform = found.first else { return asked ?? declaredPlatform ?? .current }
        if let asked, asked != platform {
            throw Failure(
                "the packages of the list are for \(platform.rawValue), not for \(asked.rawValue)",
                remedy: "Leave --platform out, or give the list for that platform.")
        }
        return platform
    }

    private static func trimmed(_ bytes: some Collection<UInt8>) -> ByteString {
        var rest = bytes[...]
        while let byte = rest.first, byte <= 0x20 { rest = rest.dropFirst() }
        var array = Array(rest)
        while let byte = array.last, byte <= 0x20 { array.removeLast() }
        return ByteString(array)
    }
}

extension ExplicitList.Package {
    /// `URL`, `URL#MD5`, `URL#sha256:SHA256` or `URL#SHA256`.
    init(_ line: ByteString) throws {
        let mark = line.bytes.lastIndex(of: UInt8(ascii: "#"))
        let location = try PackageLocation(parsing: ByteString(line.bytes[..<(mark ?? line.bytes.endIndex)]))
        guard let name = location.fileName, ArchiveName(name) != nil else {
            throw Failure("'\(location.redacted)' is not the location of a conda package (.conda, .tar.bz2)")
        }
        try requirePathComponent(name, "file name")
        self.location = location
        fileName = name
        let folder: String? =
            switch location {
            case .url(let url): url.folder
            case .path(let path): path.parentPath.lastPathComponent.string
            }
        subdir = folder.flatMap { try? Platform(parsing: $0) }
        guard let mark else {
            (md5, sha256) = (nil, nil)
            return
        }
        let hash = ByteString(line.bytes[(mark + 1)...]).lossyString
        let digits = hash.hasPrefix("sha256:") ? String(hash.dropFirst(7)) : hash
        sha256 = SHA256Digest(hex: digits)
        md5 = hash == digits ? MD5Digest(hex: digits) : nil
        if sha256 == nil, md5 == nil { throw Failure("'#\(hash)' is neither an MD5 nor a SHA-256") }
    }
}

extension LockedPyPI {
    /// `NAME @ URL#sha256=…` of conda-lock.
    fileprivate init(requirement: ByteString) throws {
        let parts = requirement.lossyString.parts(between: " @ ", maxSplits: 1)
        guard parts.count == 2 else { throw Failure("'\(WebURL.redact(requirement.lossyString))' is not NAME @ URL") }
        let name = try PyPIName(parts[0])
        var text = Array(parts[1].utf8)
        var hash: String?
        for mark in ["#sha256=", " --hash=sha256:"] {
            if let range = ByteSearch.ranges(of: Array(mark.utf8), in: text).first {
                hash = String(decoding: text[range.upperBound...], as: UTF8.self)
                text.removeSubrange(range.lowerBound...)
            }
        }
        let location = try PackageLocation(parsing: ByteString(text))
        let wheel = location.fileName.flatMap { try? WheelName($0) }
        let version = wheel.map { "\($0.version)" }
        self.init(
            name: name, version: version, displayVersion: version ?? LockedPyPI.unknownVersion, location: location)
        if let hash {
            guard let digest = SHA256Digest(hex: hash) else { throw Failure("'\(hash)' is not a SHA-256") }
            sha256 = digest
        }
    }
}
