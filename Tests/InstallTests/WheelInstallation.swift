import Archive
import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import Install

/// An environment of Python 3.11 that wheels are installed into.
struct WheelInstallation {
    let directory: TemporaryDirectory
    let umask: UInt32
    /// Where scripts think the environment is.
    var prefix: ByteString = "/opt/app/env"

    init(umask: UInt32 = 0o022) throws {
        directory = try TemporaryDirectory()
        self.umask = umask
        try directory.write("env/.keep", "")
    }

    static let sitePackages = "lib/python3.11/site-packages"

    static func python() throws -> PythonInfo {
        try PythonInfo(PackageRecord(name: "python", version: "3.11.7", build: "0", subdir: "linux-64"))
    }

    static func hash(_ contents: [UInt8]) -> String {
        "sha256=" + Base64.url.encode(SHA256Hasher.hash(contents).bytes)
    }

    /// Where the wheels lie, as the lock file names them.
    static let packURL = "file:///pack"

    /// Plans the wheels as files of a pack that is a directory.
    func plans(_ wheels: [(name: String, bytes: [UInt8])], checksTags: Bool = true) throws -> [WheelPlan] {
        let scratch = DecoderScratch()
        let target = WheelTarget(python: try Self.python(), prefix: prefix, platform: .linux64, checksTags: checksTags)
        var plans = try wheels.map { wheel in
            let path = try directory.write("pypi/\(wheel.name)", wheel.bytes)
            return try WheelPlan(
                fileName: wheel.name, slice: try File.open(path).slice(), target: target,
                origin: WheelOrigin(direct: "\(Self.packURL)/pypi/\(wheel.name)"),
                scratch: scratch)
        }
        try WheelPlan.settle(&plans)
        return plans
    }

    func install(
        _ wheels: [(name: String, bytes: [UInt8])], checksTags: Bool = true, isStrict: Bool = false
    ) throws {
        let writer = try PrefixWriter(directory("env"), umask: umask)
        for plan in try plans(wheels, checksTags: checksTags) {
            try WheelInstaller.install(plan, session: writer.session(), scratch: DecoderScratch(), isStrict: isStrict)
        }
    }

    func install(_ wheels: WheelBuilder...) throws {
        try install(wheels.map { ($0.fileName, $0.archive(hash: Self.hash)) })
    }

    /// What the error of installing a wheel says; fails if there is none.
    func refusal(_ wheel: WheelBuilder, fileName: String? = nil, _ location: SourceLocation = #_sourceLocation)
        -> String
    {
        let error = #expect(throws: Failure.self, sourceLocation: location) {
            try install([(fileName ?? wheel.fileName, wheel.archive(hash: Self.hash))])
        }
        return error?.description ?? ""
    }

    /// Whether nothing was written.
    var isUntouched: Bool { (try? Sys.list(directory("env")).count) == 1 }

    func bytes(_ path: String) throws -> [UInt8] { try directory.read("env/\(path)") }
    func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
    func site(_ path: String) throws -> String { try text("\(Self.sitePackages)/\(path)") }
    func exists(_ path: String) -> Bool { (try? Sys.exists(directory("env/\(path)"))) == true }
    func mode(_ path: String) throws -> UInt32 {
        UInt32(try Sys.stat(directory("env/\(path)"), followLinks: false).st_mode) & 0o7777
    }
    func record(_ stem: String = "pkg-1.0") throws -> [String] {
        try site("\(stem).dist-info/RECORD").split(separator: "\n").map(String.init)
    }
}
