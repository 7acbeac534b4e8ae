import CondaModel
import Install
import LibC
import Support
import TestKit
import Testing

@testable import Packing

/// A pack as a folder, filled package by package, and what unpacking it comes to.
final class PackUnderTest {
    let directory: TemporaryDirectory
    /// The objects of each folder's repodata.json.
    private var records: [String: [String]] = [:]
    var manifest = #"{"version": "1", "pixi-pack-version": "0.0.0", "platform": "\#(Platform.current.rawValue)"}"#
    /// Where messages of the reporter go.
    let messages = Messages()

    /// The place of packages of this platform.
    static let subdir = Platform.current.rawValue

    init() throws {
        directory = try TemporaryDirectory()
        try Sys.mkdir(directory("pack"))
        try Sys.mkdir(directory("pack/channel"))
    }

    /// Adds a package and its record; `fields` are JSON texts that replace or add to those of the record, nil takes one
    /// away.
    func add(
        _ builder: CondaBuilder, _ kind: ArchiveName.Kind = .conda, archive: [UInt8]? = nil, subdir: String = subdir,
        folder: String? = nil, depends: [String] = [], record fields: KeyValuePairs<String, String?> = [:]
    ) throws {
        let fileName = builder.stem + kind.rawValue
        let bytes = archive ?? (kind == .conda ? builder.conda() : builder.tarBz2())
        try directory.write("pack/channel/\(folder ?? subdir)/\(fileName)", bytes)
        var members: [(String, String)] = [
            ("name", "\"\(builder.name)\""), ("version", "\"\(builder.version)\""), ("build", "\"\(builder.build)\""),
            ("build_number", "0"), ("depends", "[\(depends.map { "\"\($0)\"" }.joined(separator: ", "))]"),
            ("subdir", "\"\(subdir)\""), ("sha256", "\"\(SHA256Hasher.hash(bytes).hex)\""), ("size", "\(bytes.count)"),
        ]
        for (key, value) in fields {
            members.removeAll { $0.0 == key }
            if let value { members.append((key, value)) }
        }
        let record = members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
        records[subdir, default: []].append("\"\(fileName)\": {\(record)}")
    }

    /// Lists all files in pixi-pack.json, with more members for some of them.
    func list(_ members: [String: String], requested: String) throws {
        try writeIndexes()
        var files: [String] = []
        func add(_ path: String) throws {
            let bytes = try File.open(directory("pack/\(path)")).slice().readAll()
            let more = members[path].map { ", " + $0 } ?? ""
            let hash = SHA256Hasher.hash(bytes).hex
            files.append(#""\#(path)": {"sha256": "\#(hash)", "size": \#(bytes.count)\#(more)}"#)
        }
        for folder in try Sys.list(directory("pack/channel")) {
            for name in try Sys.list(directory("pack/channel/\(folder)")) { try add("channel/\(folder)/\(name)") }
        }
        if try Sys.exists(directory("pack/pypi")) {
            for name in try Sys.list(directory("pack/pypi")) { try add("pypi/\(name)") }
        }
        manifest = #"""
            {"version": "1", "platform": "\#(Platform.current.rawValue)", "contents": {"environment": "default",
             "created-by": "x", "requested": \#(requested), "files": {\#(files.joined(separator: ", "))}}}
            """#
    }

    /// A stand-in for Python.
    func addPython(_ version: String = "3.12.1", _ fields: KeyValuePairs<String, String?> = [:]) throws {
        var python = CondaBuilder("python", version: version)
        python.file("bin/python3.12", "python")
        try add(python, record: fields)
    }

    func unpack(_ configure: (inout UnpackOptions) -> Void = { _ in }) throws -> Environment {
        Environment(path: try summary(configure).place, pack: self)
    }

    /// Writes what is not in the pack until all packages are known.
    func writeIndexes() throws {
        for (subdir, records) in records {
            try directory.write(
                "pack/channel/\(subdir)/repodata.json", #"{"packages.conda": {\#(records.joined(separator: ", "))}}"#)
        }
        try directory.write("pack/pixi-pack.json", manifest)
    }

    func summary(_ configure: (inout UnpackOptions) -> Void) throws -> Unpacker.Summary {
        try writeIndexes()
        var options = UnpackOptions()
        options.outputDirectory = directory("out")
        options.jobs = 2
        options.umask = 0o022
        configure(&options)
        return try Unpacker(options, reporter: messages).unpack(.path(directory("pack")))
    }

    /// What unpacking fails with; nothing may be left of it.
    func failure(_ configure: (inout UnpackOptions) -> Void = { _ in }) throws -> String {
        let before = try Sys.list(directory.path).count
        do {
            _ = try unpack(configure)
        } catch {
            #expect(try !Sys.exists(directory("out")) || before < Sys.list(directory.path).count)
            #expect(try !Sys.exists(directory("out")))
            return "\(error)"
        }
        Issue.record("unpacking succeeded")
        return ""
    }
}

/// An environment that was made.
struct Environment {
    let path: ByteString
    /// Keeps the directory both are in.
    let pack: PackUnderTest

    private func full(_ name: String) -> ByteString { path.appending(path: ByteString(name)) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
    func bytes(_ name: String) throws -> [UInt8] { try File.open(full(name)).slice().readAll() }
    func status(_ name: String) throws -> stat { try Sys.stat(full(name), followLinks: false) }
    func mode(_ name: String) throws -> UInt32 { try UInt32(status(name).st_mode) & 0o7777 }
    func time(_ name: String) throws -> Int64 { try Int64(status(name).st_mtim.tv_sec) }
    func link(_ name: String) throws -> ByteString { try Sys.readlink(full(name)) }
    func exists(_ name: String) throws -> Bool { try Sys.exists(full(name)) }
    func list(_ name: String) throws -> [String] { try Sys.list(full(name)).map(\.lossyString).sorted() }

    /// A file of conda-meta.
    func record(_ identity: String) throws -> JSONValue { try JSONDocument(bytes("conda-meta/\(identity).json")).root }

    /// The entry of a path in a record.
    func entry(_ path: String, of identity: String) throws -> JSONValue? {
        try record(identity)["paths_data"]?["paths"]?.elements?.first { $0["_path"]?.string == path }
    }

    func files(_ identity: String) throws -> [String] {
        try record(identity)["files"]?.elements?.compactMap(\.string) ?? []
    }
}

/// Keeps what was said.
final class Messages: Reporter {
    private let lines = Locked<[String]>([])
    func say(_ level: MessageLevel, _ message: Message) { lines.withLock { $0.append(message.text) } }
    func progress(_ event: ProgressEvent) {}
    var all: [String] { lines.withLock { $0 } }
}
