import LibC
import Support
import TestKit
import Testing

/// A folder with home, temporary folder and programs of its own, a pack of the example as `environment.sh`, and the same as
/// `environment.tar`.
struct PackYard {
    let directory: TemporaryDirectory

    static let isStatic: Bool = {
        guard let start = try? File.open(ByteString(Executable.pack)).slice().readAll().prefix(4096) else {
            return false
        }
        return String(decoding: start, as: UTF8.self).firstRange(of: "/ld-linux") == nil
    }()

    /// Whether a line ends with status 0 here.
    static func works(_ line: String) -> Bool {
        let outcome = try? ChildProcess.run(
            ["/bin/sh", "-c", line], environment: ["PATH": path], in: ByteString(Executable.checkout))
        return outcome?.status == 0
    }

    static let isRoot = geteuid() == 0
    static let canMount = isRoot && works("unshare -m --propagation private mount -t tmpfs tmpfs /mnt")
    static let canTrace = works("strace -f -o /dev/null true")
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    init() throws {
        directory = try TemporaryDirectory()
        // Other users go through it.
        _ = directory.path.withCString { chmod($0, 0o755) }
        for name in ["home", "tmp", "bin"] { try Sys.mkdir(directory(name)) }
        for name in ["pixi-pack", "pixi-unpack"] {
            try Sys.symlink(ByteString(Executable.pack), at: directory("bin/\(name)"))
        }
        try check("pixi-pack -q -o environment.tar $example")
        try check("pixi-pack -q --create-executable -o environment.sh $example")
    }

    /// Runs a shell line in the folder and expects its status and, if given, parts of its errors (`says`) and output (`prints`).
    /// The line has `$work` (the folder), `$environment` (the self-extracting pack), `$program` and `$example`.
    @discardableResult
    func check(
        _ line: String, status: Int32 = 0, says: String? = nil, prints: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ChildProcess.Outcome {
        let work = directory.path.lossyString
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", line],
            environment: [
                "HOME": "\(work)/home", "XDG_CACHE_HOME": "\(work)/cache", "TMPDIR": "\(work)/tmp",
                "PATH": "\(work)/bin:\(Self.path)", "work": work, "environment": "\(work)/environment.sh",
                "program": Executable.pack, "example": Executable.checkout + "/docs/example",
                "checkout": Executable.checkout,
            ], in: directory.path)
        let said = "\(line)\n\(outcome.output.suffix(2000))\n\(outcome.errors.suffix(2000))"
        #expect(outcome.status == status, "\(said)", sourceLocation: sourceLocation)
        if let says { #expect(outcome.errors.contains(says), "\(said)", sourceLocation: sourceLocation) }
        if let prints { #expect(outcome.output.contains(prints), "\(said)", sourceLocation: sourceLocation) }
        return outcome
    }

    /// Whether a path below the folder is there.
    func has(_ name: String) throws -> Bool { try Sys.exists(directory(name)) }

    /// Expects that the environment at `place/env` is whole.
    func expectWhole(_ place: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let isWhole =
            try access(directory("\(place)/env/bin/greet").lossyString, X_OK) == 0
            && directoryExists("\(place)/env/conda-meta") && has("\(place)/activate.sh")
        #expect(isWhole, "no whole environment in \(place)", sourceLocation: sourceLocation)
    }

    func directoryExists(_ name: String) -> Bool {
        (try? Sys.stat(directory(name), followLinks: true)).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Expects that no run left something in the temporary folder, nor half an environment in `output`.
    func expectNothingLeft(
        output: String? = nil, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try Sys.list(directory("tmp")).isEmpty, comment, sourceLocation: sourceLocation)
        if let output, try has(output) {
            let hidden = try Sys.list(directory(output)).filter { $0.lossyString.hasPrefix(".") }
            #expect(hidden.isEmpty, comment, sourceLocation: sourceLocation)
        }
    }
}
