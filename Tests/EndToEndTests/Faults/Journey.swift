import LibC
import Support
import TestKit

/// Something the program does, to be disturbed in every way.
enum Journey: String, CaseIterable, Sendable {
    /// A pack takes the place of an older one.
    case pack = "pack"
    /// Packages come from a server and are kept in a cache.
    case download = "pack from a server"
    /// A folder instead of a tar.
    case folder = "pack into a folder"
    /// `environment.sh`.
    case executable = "environment.sh"
    case unpack = "unpack"
    /// The pack comes through a pipe.
    case pipe = "unpack from a pipe"
    /// An environment is replaced as a whole.
    case replace = "unpack over an environment"
    /// An environment becomes another one in place.
    case update = "update"
    /// A tar takes the place of an older one.
    case tarImage = "an image that is a tar"
    case squashFS = "an image that is a SquashFS"
    /// A layout gets one image more.
    case container = "a container image"
    /// An environment that was moved is adapted to its place.
    case relocation = "relocate"

    /// `PIXI_PACK_JOURNEY` names one of them.
    static let allCases: [Journey] = {
        let named = getenv("PIXI_PACK_JOURNEY").map { String(cString: $0) }
        let all: [Journey] = [
            .pack, .download, .folder, .executable, .unpack, .pipe, .replace, .update, .tarImage, .squashFS, .container,
            .relocation,
        ]
        return all.filter {
            ($0 != .squashFS || ExternalProgram.find("sqfstar") != nil) && (named == nil || $0.rawValue == named)
        }
    }()

    /// Whether a failed run may leave its work half done, to be completed by the next.
    var isInPlace: Bool { [.update, .relocation].contains(self) }
}

/// The packages, packs and the server all journeys share; nobody writes here.
final class JourneyInputs: Sendable {
    let directory: TemporaryDirectory
    private let server: ServerProcess

    init() throws {
        directory = try TemporaryDirectory()
        var old = WorkspaceBuilder(in: directory, folder: "old")
        try JourneyInputs.fill(&old, version: "1.0")
        try old.write()
        var new = WorkspaceBuilder(in: directory, folder: "new")
        try JourneyInputs.fill(&new, version: "2.0")
        try new.write()
        let folder = directory("new/channel").lossyString
        // It ends with the tests, whose end closes its standard input.
        let python = "python3 -u -m http.server 0 --bind 127.0.0.1 --directory '\(folder)' 2>/dev/null"
        server = try ServerProcess(["/bin/sh", "-c", "\(python) & trap \"kill $!\" EXIT; trap exit TERM; read -r line"])
        let words = try server.readLine().split(separator: " ")
        guard let index = words.firstIndex(of: "port"), words.indices.contains(index + 1) else {
            throw Failure("the server does not say its port: \(words)")
        }
        var remote = WorkspaceBuilder(in: directory, folder: "remote")
        let bytes = try directory.read("new/channel/linux-64/lib-2.0-0.conda")
        remote.add(
            "conda", "http://127.0.0.1:\(words[index + 1])/linux-64/lib-2.0-0.conda",
            ["sha256: \(SHA256Hasher.hash(bytes).hex)", "subdir: linux-64", "size: \(bytes.count)"])
        try remote.write()
        for name in ["old", "new"] {
            let outcome = try Executable.run(
                ["-q", "-p", "linux-64", "-o", directory("\(name).tar").lossyString, directory(name).lossyString])
            if outcome.status != 0 { throw Failure("\(outcome.errors)") }
        }
        try directory.write("program", FakeProgram.elf(machine: 0x3E))
    }

    private static func fill(_ workspace: inout WorkspaceBuilder, version: String) throws {
        var lib = CondaBuilder("lib", version: version)
        let placeholder = "/opt/placeholder_placehold_placehold_placehold_placehold"
        lib.file("lib/data-\(version)", "data of \(version)")
        lib.file("bin/tool", "#!\(placeholder)/bin/sh\necho \(version)\n", mode: 0o755, placeholder: placeholder)
        lib.symlink("lib/data", to: "data-\(version)")
        lib.file("etc/conda/activate.d/lib.sh", "export LIB=\(version)\n")
        try workspace.conda("lib-\(version)-0.conda", lib.conda())
        var same = CondaBuilder("same")
        same.file("share/same/original", [UInt8](repeating: 7, count: 3000))
        same.payload.hardlink("share/same/again", to: "share/same/original")
        let digest = SHA256Hasher.hash([UInt8](repeating: 7, count: 3000)).hex
        same.listed(
            #"{"_path": "share/same/again", "path_type": "hardlink", "sha256": "\#(digest)", "size_in_bytes": 3000}"#)
        try workspace.conda("same-1.0-0.tar.bz2", same.tarBz2())
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python", mode: 0o755)
        python.file("lib/python3.12/site.py", "# site")
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        var module = CondaBuilder("module", version: version, noarch: "python")
        module.file("site-packages/module.py", "version = '\(version)'")
        try workspace.conda("module-\(version)-0.conda", module.conda(), subdir: "noarch")
        var wheel = WheelBuilder("wheel", version)
        wheel.add("wheel/__init__.py", "version = '\(version)'")
        wheel.entryPoints = "[console_scripts]\nwheel = wheel:main\n"
        try workspace.wheel(wheel.fileName, wheel.archive { _ in "" }, name: "wheel", version: version)
    }

    deinit {}
}

/// A place where journeys are made over and over, with what is there before and after.
final class JourneyPlace: Sendable {
    let journey: Journey
    private let inputs: JourneyInputs
    private let directory: TemporaryDirectory
    /// What is there before, and after a run nobody disturbs.
    let before: Tree
    let after: Tree
    /// The calls of a run nobody disturbs.
    let calls: [String]

    var root: ByteString { directory("w") }

    init(_ journey: Journey, _ inputs: JourneyInputs) throws {
        self.journey = journey
        self.inputs = inputs
        directory = try TemporaryDirectory()
        let root = directory("w")
        for folder in ["w", "w/out", "w/tmp", "w/home"] { try Sys.mkdir(directory(folder)) }
        switch journey {
        case .pack, .executable: try directory.write("w/out/result", "what was there before")
        case .download: try Sys.mkdir(directory("w/cache"))
        case .folder:
            try directory.write("w/out/result/other", "another file")
            try directory.write("w/out/result/environment.yml", "what was there before")
        case .unpack, .pipe: break
        case .replace, .update, .relocation:
            let old = try Executable.unpack(
                ["-q", "-o", directory("w/out").lossyString, inputs.directory("old.tar").lossyString])
            if old.status != 0 { throw Failure("\(old.errors)") }
            if journey == .relocation {
                try Sys.rename(directory("w/out/env"), to: directory("w/out/moved"))
            }
        case .tarImage: try directory.write("w/out/image.tar.zst", "what was there before")
        case .squashFS: try directory.write("w/out/image.squashfs", "what was there before")
        case .container:
            let old = try Executable.unpack(
                JourneyPlace.image("oci:\(root)/out/image:old") + [inputs.directory("old.tar").lossyString])
            if old.status != 0 { throw Failure("\(old.errors)") }
        }
        before = try Tree(of: root)
        let log = directory("log")
        let outcome = try JourneyPlace.run(journey, inputs, root, ["PIXI_PACK_FAULT_LOG": log.lossyString])
        if outcome.status != 0 { throw Failure("\(journey.rawValue): \(outcome.errors)") }
        after = try Tree(of: root)
        calls = String(decoding: try directory.read("log"), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Puts everything back to what was there before.
    func reset() throws {
        try RemoveTree.remove(root)
        try Sys.mkdir(root)
        try before.write(to: root)
    }

    func tree() throws -> Tree { try Tree(of: root) }

    func run(fault: String? = nil) throws -> ChildProcess.Outcome {
        try JourneyPlace.run(journey, inputs, root, fault.map { ["PIXI_PACK_FAULT": $0] } ?? [:])
    }

    private static func image(_ target: String) -> [String] {
        ["-q", "--jobs", "1", "--prefix", "/opt/app/env", "--into", target]
    }

    /// Whether a relocated environment is known as what it is: complete, or not.
    func isKnown(_ tree: Tree) throws -> Bool {
        let status = try Executable.unpack(["verify", "-q", "--env", "\(root)/out/moved"]).status
        // When it is complete, its notes are the last to go, and mean nothing.
        let rest = "out/moved/conda-meta/.pixi-pack-"
        return (status == 0) == tree.equals(after, below: "out/moved/", without: ByteString(rest))
    }

    private static func run(
        _ journey: Journey, _ inputs: JourneyInputs, _ root: ByteString, _ variables: [String: String]
    ) throws -> ChildProcess.Outcome {
        let (root, folder) = (root.lossyString, inputs.directory.path.lossyString)
        var environment = ["TMPDIR": "\(root)/tmp", "HOME": "\(root)/home", "PATH": "/usr/bin:/bin"]
        environment.merge(variables) { $1 }
        let pack = ["-q", "-p", "linux-64", "-o", "\(root)/out/result"]
        let unpack = ["-q", "--jobs", "1", "-o", "\(root)/out"]
        switch journey {
        case .pack: return try Executable.run(pack + ["\(folder)/new"], environment: environment)
        case .download:
            return try Executable.run(
                pack + ["--use-cache", "\(root)/cache", "\(folder)/remote"], environment: environment)
        case .folder: return try Executable.run(pack + ["--directory-only", "\(folder)/new"], environment: environment)
        case .executable:
            return try Executable.run(
                pack + ["--create-executable", "--pixi-unpack-source", "\(folder)/program", "\(folder)/new"],
                environment: environment)
        case .unpack, .update: return try Executable.unpack(unpack + ["\(folder)/new.tar"], environment: environment)
        case .replace:
            return try Executable.unpack(unpack + ["--force", "\(folder)/new.tar"], environment: environment)
        case .tarImage, .squashFS, .container:
            let name = journey == .tarImage ? "image.tar.zst" : journey == .squashFS ? "image.squashfs" : "image:new"
            let target = "\(journey == .container ? "oci:" : "")\(root)/out/\(name)"
            return try Executable.unpack(image(target) + ["\(folder)/new.tar"], environment: environment)
        case .relocation:
            return try Executable.unpack(
                ["relocate", "-q", "--jobs", "1", "\(root)/out/moved"], environment: environment)
        case .pipe:
            environment["PACK"] = Executable.pack
            let line = "cat '\(folder)/new.tar' | \"$PACK\" unpack \(unpack.joined(separator: " ")) -"
            return try ChildProcess.run(["/bin/sh", "-c", line], environment: environment)
        }
    }
}
