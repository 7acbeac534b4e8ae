import Archive
import CondaModel
import Inventory
import Support
import TestKit

@testable import Install
@testable import Packing
@testable import Signing

/// Readers of packs, of environments and of what belongs to both.
let packTargets: [String: any FuzzTarget] = [
    // pixi-pack.json of a pack and of a bundle, and the contents in it.
    "manifest": Reading { input in
        let folder = FuzzFolder("manifest")
        try folder.clear()
        try folder.write("pixi-pack.json", input)
        try folder.write("channel/noarch/repodata.json", Array("{}".utf8))
        let pack = try PackReader.open(folder.path)
        if let form = try? PackManifest.form(of: pack), case .bundle(let environments) = form {
            for environment in environments { _ = try? Bundle.select(from: pack, form, environment: environment.name) }
        }
        let manifest = try PackManifest(of: pack)
        guard let contents = manifest.contents else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("contents")
            writer.object { contents.writeMembers(to: &$0) }
        }
        require(
            (try? PackContents.read(JSONDocument(writer.bytes).root)) != nil, "what is written of contents can be read")
        try MemberListCheck(contents).checkSizes(pack)
    },
    // conda-meta of an environment: a record, the state, the journal of an update.
    "records": Reading { input in
        let kind = input.first ?? 0
        let text = Array(input.dropFirst())
        let folder = FuzzFolder("records")
        try folder.clear()
        let name: ByteString = ["conda-meta/p-1.0-0.json", "conda-meta/.pixi-pack-update", "conda-meta/history"][
            Int(kind % 3)]
        try folder.write(name, text)
        _ = try? InstalledEnvironment(at: folder.path)
        // The state as it would be if it were this update's.
        let state = EnvironmentState(prefix: folder.path)
        _ = try? UpdateJournal.read(folder.path, state)
        if let root = try? JSONDocument(text).root { _ = try? ExpectedFile.all(in: root) }
        _ = try? EnvironmentState(parsing: text)
        _ = try EnvironmentVerifier(folder.path, jobs: 1, reporter: SilentReporter()).verify()
    },
    "minisign": Reading { input in
        _ = try? Signature(fileContents: input)
        _ = try? PublicKey(fileContents: input)
        _ = try? PublicKey(argument: ByteString(input.filter { $0 != 0 }))
    },
    "inventory": Reading { input in
        let root = try JSONDocument(input).root
        let inventory = try Inventory(json: root)
        let graph = DependencyGraph(inventory)
        _ = DependencyTree(graph)
    },
    "plan": PlanTarget(),
]

/// A pack of packages that the input chooses, unpacked twice: nothing appears outside, and the second time changes nothing.
struct PlanTarget: FuzzTarget {
    private static let names = [
        "a", "b", "c", "bin", "lib", "python-scripts", "site-packages", "conda-meta", "..", ".", "x.json", "info",
        "etc", "__clobbers__", "n\u{E9}", "long" + String(repeating: "g", count: 250),
    ]
    private static let placeholders: [String?] = [nil, nil, nil, "", "a", "/opt/placeholder", "/"]

    func run(_ input: [UInt8]) throws {
        var choices = Choices(input)
        let folder = FuzzFolder("plan")
        try folder.clear()
        var records: [String] = []
        for number in 0..<(1 + choices.number(below: 3)) {
            let name = ["p", "q", "python"][number]
            let package = package(name, &choices)
            let bytes = choices.number(below: 4) == 0 ? package.tarBz2() : package.conda()
            let file = package.stem + (bytes.starts(with: Array("BZ".utf8)) ? ".tar.bz2" : ".conda")
            try folder.write("pack/channel/linux-64/\(file)".bytes, bytes)
            records.append(
                #""\#(file)": {"name": "\#(name)", "version": "3.12.0", "build": "0", "build_number": 0, "#
                    + #""depends": [], "subdir": "linux-64", "size": \#(bytes.count), "#
                    + #""sha256": "\#(SHA256Hasher.hash(bytes).hex)"}"#)
        }
        try folder.write(
            "pack/channel/linux-64/repodata.json",
            Array(#"{"packages.conda": {\#(records.joined(separator: ", "))}}"#.utf8))
        try folder.write(
            "pack/pixi-pack.json",
            Array(#"{"version": "1", "pixi-pack-version": "0", "platform": "linux-64"}"#.utf8))
        var options = UnpackOptions()
        options.outputDirectory = folder.path.appending(path: "out")
        options.jobs = 1
        options.checksHost = false
        options.maximumSize = 16 << 20
        defer {
            let names = (try? Sys.list(folder.path)) ?? []
            require(names.allSatisfy { ["pack", "out"].contains($0) }, "nothing appears outside")
        }
        let pack = try PackReader.open(folder.path.appending(path: "pack"))
        _ = try Unpacker(options, reporter: SilentReporter()).unpack(pack)
        let again = try Unpacker(options, reporter: SilentReporter()).unpack(pack)
        require(again.changes.changes.isEmpty, "the second time changes nothing")
    }

    private func package(_ name: String, _ choices: inout Choices) -> CondaBuilder {
        var package = CondaBuilder(name, version: "3.12.0", noarch: choices.one(of: [nil, nil, "python", "generic"]))
        for _ in 0..<choices.number(below: 12) {
            let path = (0...choices.number(below: 3)).map { _ in choices.one(of: Self.names) }.joined(separator: "/")
            let other = (0...choices.number(below: 3)).map { _ in choices.one(of: Self.names) }.joined(separator: "/")
            let type = choices.one(of: ["hardlink", "hardlink", "softlink", "directory"])
            switch choices.number(below: 6) {
            case 0: package.payload.symlink(path, to: other)
            case 1: package.payload.hardlink(path, to: other)
            case 2: package.payload.directory(path)
            case 3: package.info.file("info/\(path)", choices.bytes())
            default: package.payload.file(path, choices.bytes())
            }
            var fields = [#""_path": "\#(path)""#, #""path_type": "\#(type)""#]
            if let placeholder = choices.one(of: Self.placeholders) {
                let mode = choices.one(of: ["text", "binary"])
                fields.append(#""prefix_placeholder": "\#(placeholder)", "file_mode": "\#(mode)""#)
            }
            if choices.number(below: 8) == 1 { fields.append(#""no_link": true"#) }
            if choices.number(below: 8) != 1 { package.listed("{\(fields.joined(separator: ", "))}") }
        }
        if choices.number(below: 3) == 1 {
            package.info.file(
                "info/link.json",
                #"{"noarch": {"type": "python", "entry_points": ["\#(choices.one(of: Self.names)) = a:b"]}, "#
                    + #""package_metadata_version": 1}"#)
        }
        return package
    }
}

extension String {
    fileprivate var bytes: ByteString { ByteString(self) }
}
