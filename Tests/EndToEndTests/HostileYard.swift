import Support
import TestKit
import Testing

/// Where hostile packs are unpacked: a folder that is compared with what it was before.
struct HostileYard {
    let directory: TemporaryDirectory
    static let manifest = #"{"version": "1", "pixi-pack-version": "0", "platform": "linux-64"}"#

    /// What a run may take: seconds of processor time, bytes of address space, bytes of memory. A build for debugging is
    /// several times as slow as the one people get.
    private static let seconds = Executable.isDebugBuild || Sanitizer.isActive ? 30 : 10
    private static let (addresses, memory) = (512 << 20, 256 << 20)

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("victim", "untouched")
        try directory.write("work/victim", "untouched")
        // Says at the end how much memory the program had, and ends it when its time is over.
        try directory.write(
            "bounded.py",
            """
            import os, resource, sys
            resource.setrlimit(resource.RLIMIT_CPU, (\(Self.seconds), \(Self.seconds)))
            pid = os.fork()
            if pid == 0:
                \(Sanitizer.isActive ? "" : "resource.setrlimit(resource.RLIMIT_AS, (\(Self.addresses), \(Self.addresses)))")
                os.execv(sys.argv[1], [sys.argv[2]] + sys.argv[3:])
            _, status, usage = os.wait4(pid, 0)
            print("peak", usage.ru_maxrss * 1024)
            sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
            """)
    }

    /// Runs the program within the bounds.
    func bounded(
        _ arguments: [String], personality: String = "pixi-unpack", in folder: String = ""
    ) throws -> ChildProcess.Outcome {
        let python = try #require(ChildProcess.find("python3"))
        let outcome = try ChildProcess.run(
            [python, directory("bounded.py").lossyString, Executable.pack, personality] + arguments,
            environment: ["HOME": directory.path.lossyString, "SWIFT_BACKTRACE": "enable=no"],
            in: directory.path.appending(path: ByteString(folder)))
        let peak = outcome.output.split(separator: "\n").last { $0.hasPrefix("peak ") }.flatMap { Int($0.dropFirst(5)) }
        let fits = try Sanitizer.isActive || #require(peak) <= Self.memory
        #expect(fits, "\(peak ?? 0) bytes of memory for \(arguments)")
        return outcome
    }

    /// Everything that is there but the pack and the output.
    private func surroundings() throws -> [ByteString] {
        var found: [ByteString] = []
        func visit(_ path: ByteString, _ name: ByteString) throws {
            let status = try Sys.stat(path, followLinks: false)
            found.append(name + ByteString(" \(status.st_mode) \(status.st_size) \(status.st_nlink)"))
            guard status.st_mode & 0o170000 == 0o040000 else { return }
            for entry in try Sys.list(path).sorted() where name != "work" || !["pack.tar", "out"].contains(entry) {
                try visit(path.appending(path: entry), name == "" ? entry : name.appending(path: entry))
            }
        }
        for entry in try Sys.list(directory.path).sorted() { try visit(directory.path.appending(path: entry), entry) }
        return found.map { $0.hasPrefix("work ") ? "work" : $0 }
    }

    @discardableResult
    private func unpack(_ tar: TarBuilder, _ options: [String]) throws -> ChildProcess.Outcome {
        try? RemoveTree.remove(directory("work/out"))
        let before = try surroundings()
        try directory.write("work/pack.tar", tar.finish())
        let outcome = try bounded(["-o", "out", "pack.tar"] + options, in: "work")
        #expect(try surroundings() == before)
        #expect(try !Sys.exists("/tmp/evil"))
        #expect(outcome.status == 0 || outcome.hasFailed, "\(outcome.status): \(outcome.errors)")
        if outcome.hasFailed {
            #expect(outcome.errors.contains("Error: "))
            #expect(try !Sys.exists(directory("work/out")) || Sys.list(directory("work/out")).isEmpty)
        }
        return outcome
    }

    /// What the refusal says.
    @discardableResult
    func refused(_ tar: TarBuilder, options: [String] = []) throws -> String {
        let outcome = try unpack(tar, options)
        #expect(outcome.hasFailed)
        return outcome.errors
    }

    /// Refused or unpacked; with `thenSource` the activation script is run after.
    func unpackWithoutHarm(_ tar: TarBuilder, mustSucceed: Bool = false, thenSource: Bool = false) throws {
        let outcome = try unpack(tar, [])
        if mustSucceed { #expect(outcome.status == 0, "\(outcome.errors)") }
        guard outcome.status == 0 else { return }
        if thenSource {
            let script = try ChildProcess.run(
                ["/bin/sh", "-c", ". ./activate.sh"], environment: ["PATH": "/usr/bin:/bin"],
                in: directory("work/out"))
            #expect(try Sys.list(directory("work/out")).allSatisfy { ["env", "activate.sh"].contains($0) })
            #expect(script.status == 0, "\(script.errors)")
        }
    }

    // MARK: Packs

    func harmless() -> [UInt8] {
        var package = CondaBuilder("p")
        package.file("share/p", "content")
        return package.conda()
    }

    func packTar(_ archive: [UInt8]) throws -> TarBuilder { try packTar(("p-1.0-0", archive)) }

    /// A pack of packages, each by the stem of its name.
    func packTar(_ packages: (stem: String, bytes: [UInt8])..., ending: String = ".conda") throws -> TarBuilder {
        var tar = TarBuilder()
        tar.file("pixi-pack.json", Self.manifest)
        var records: [String] = []
        for (stem, bytes) in packages {
            let parts = stem.split(separator: "-")
            let (name, version) = (parts[0], parts[1])
            tar.file("channel/linux-64/\(stem)\(ending)", bytes)
            records.append(
                #""\#(stem)\#(ending)": {"name": "\#(name)", "version": "\#(version)", "build": "0", "#
                    + #""build_number": 0, "depends": [], "subdir": "linux-64", "size": \#(bytes.count), "#
                    + #""sha256": "\#(SHA256Hasher.hash(bytes).hex)"}"#)
        }
        tar.file(
            "channel/linux-64/repodata.json", #"{"packages.conda": {\#(records.joined(separator: ", "))}}"#)
        return tar
    }

    /// A package of some kilobytes whose one file has as many gigabytes of zeros.
    static func bomb(gigabytes: Int) -> [UInt8] {
        var info = TarBuilder()
        info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        info.file("info/paths.json", #"{"paths": [{"_path": "zeros", "path_type": "hardlink"}], "paths_version": 1}"#)
        var payload = TarBuilder()
        payload.entry("zeros", type: "0", size: Int64(gigabytes) << 30)
        let frame = Compression.zstd([UInt8](repeating: 0, count: 64 << 20))
        var zip = ZipBuilder()
        zip.add("info-p-1.0-0.tar.zst", Compression.zstd(info.finish()))
        zip.add(
            "pkg-p-1.0-0.tar.zst",
            Compression.zstd(payload.unfinished) + (0..<16 * gigabytes).flatMap { _ in frame })
        return zip.finish()
    }
}
