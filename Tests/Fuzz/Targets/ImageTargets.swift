import CondaModel
import OCI
import Support

@testable import Image
@testable import Install

/// Readers of layouts and images of others, and of what a relocation and shortcuts are made by.
let imageTargets: [String: any FuzzTarget] = [
    // A manifest or list, the manifest it leads to, and a configuration, with an empty line between them.
    "images": Reading { input in
        let parts = documents(input)
        let platform = OCIPlatform(architecture: "amd64", os: "linux")
        if let base = try? BaseImage(FuzzedImages(parts), tag: nil, for: platform) {
            let config = try ContainerConfig(
                platform: platform, date: 0, base: base, settings: ContainerSettings(), variables: [("PATH", "/bin")]
            ).render(diffIDs: [.zero])
            require((try? JSONDocument(config).root.isObject) == true, "a configuration that is made can be read")
        }
        if let index = try? OCIIndex(parts[0]) {
            require((try? OCIIndex(index.render())) == index, "an index that is written can be read")
        }
        if let manifest = try? OCIManifest(parts[0]) {
            require((try? OCIManifest(manifest.render())) == manifest, "a manifest that is written can be read")
        }
        let folder = FuzzFolder("images")
        try folder.clear()
        try folder.write("oci-layout", Array("{}".utf8))
        try folder.write("index.json", parts[0])
        let layout = try OCILayout.open(folder.path)
        let found = try layout.find(tag: "1")
        require(!layout.contains(found), "nothing is there")
        _ = try? layout.document(found)
    },
    "squashfs": Reading { input in
        let folder = FuzzFolder("squashfs")
        try folder.clear()
        try folder.write("image", input)
        let slice = try File.open(folder.path.appending(path: "image")).slice()
        let reader = try SquashFSReader(slice, maximumSize: 4 << 20)
        let contents = try reader.makeContents()
        for place in reader.groups.joined() {
            guard case .file(let size) = reader.entries[place].kind else { continue }
            var count: Int64 = 0
            try contents.read(place) { count += Int64($0.count) }
            require(count == size, "a file that is read has its size")
        }
        require(Set(reader.entries.map(\.path)).count == reader.entries.count, "a path is there once")
    },
    "relocation": Reading { input in
        let folder = FuzzFolder("relocation")
        try folder.clear()
        try folder.write("conda-meta/.pixi-pack-relocation", input)
        // The state as it would be if it were this relocation's.
        var state = EnvironmentState(prefix: folder.path)
        state.relocation = SHA256Hasher.hash(input)
        let journal = try RelocationJournal.read(folder.path, state)
        require(journal?.to.path.hasPrefix("/") != false, "an environment is for an absolute path")
    },
    "menus": Reading { input in
        let items = try MenuItem.items(input, [("PREFIX", "/opt/env"), ("NAME", "env")])
        for item in items {
            require(!item.stem.contains("/"), "a shortcut has a file name")
            let entry = try item.entry(
                at: "/home/x.desktop", activation: "/opt/env/activate.sh", prefix: "/opt/env")
            let lines = entry.split(separator: 0x0A)
            require(
                lines.dropFirst().allSatisfy { $0.contains(UInt8(ascii: "=")) || $0.first == UInt8(ascii: "#") },
                "no value makes a line of its own")
            _ = item.typeDescription
        }
    },
]

/// What is between empty lines; at least one part.
private func documents(_ input: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
        if line.isEmpty { parts.append([]) } else { parts[parts.count - 1] += line + [0x0A] }
    }
    return parts
}

/// A registry that answers with one document after the other, whatever it is asked for.
private final class FuzzedImages: ImageSource {
    let name: ByteString = "fuzzed"
    private let parts: Locked<[[UInt8]]>

    init(_ parts: [[UInt8]]) { self.parts = Locked(parts) }

    func find(tag: String?, digest: SHA256Digest?) -> OCIDescriptor {
        OCIDescriptor(mediaType: OCIMediaType.index, digest: .zero, size: 0)
    }
    func document(_ descriptor: OCIDescriptor) -> [UInt8] {
        parts.withLock { $0.isEmpty ? [] : $0.removeFirst() }
    }
    func bring(_ layers: [OCIDescriptor], to layout: OCILayout) {}
}
