import Archive
import ArgumentParser
import Image
import OCI
import Packing
import Support

/// What is made instead of a folder, and how.
struct ImageOptionsGroup: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Make an image of the environment, with --prefix.",
            discussion: """
                env.squashfs (by sqfstar of squashfs-tools), env.tar, env.tar.zst, - for a tar on standard output, or a \
                container image: oci:DIR:TAG, a folder that container tools read, or oci://REGISTRY/REPOSITORY:TAG, which \
                is pushed. Nothing else is written, and nothing of the pack runs but Python with --compile-pyc.
                """,
            valueName: "image"))
    var into: PathArgument?

    @Option(
        help: ArgumentHelp(
            "The image a container image is built on.",
            discussion: "oci://REGISTRY/REPOSITORY:TAG or oci:DIR:TAG; by default scratch, an empty one.",
            valueName: "image"))
    var baseImage: PathArgument?

    @Option(
        help: ArgumentHelp(
            "What a container of the image starts.", discussion: "Words, or a JSON array of them.",
            valueName: "command"))
    var entrypoint: String?

    @Option(
        help: ArgumentHelp("As whom containers run.", discussion: "USER or USER:GROUP.", valueName: "user"))
    var user: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A label of the container image; repeatable.", valueName: "key=value"))
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "How the layers of a container image are compressed.",
            discussion: "gzip, which all engines read, or zstd, which is faster.", valueName: "gzip|zstd"))
    var layers: LayerCompression?

    func validate() throws {
        // All others are about containers.
        if let option = givenOptions().first(where: { $0 != "--into" }), into?.path.hasPrefix("oci:") != true {
            throw ValidationError("\(option) is for container images: --into oci:DIR:TAG")
        }
        for label in label where label.utf8.first == UInt8(ascii: "=") || !label.utf8.contains(UInt8(ascii: "=")) {
            throw ValidationError("'\(label)' is no label: KEY=VALUE")
        }
    }

    /// - Throws: `Failure` if a reference or the command cannot be read.
    func options() throws -> ImageOptions? {
        guard let into else { return nil }
        var options = ImageOptions(try ImageTarget(argument: into.path))
        if let baseImage, baseImage.path != "scratch" {
            guard let reference = try OCIReference(argument: baseImage.path) else {
                throw Failure(
                    "the base image '\(baseImage.path)' is no reference",
                    remedy: "Name it like oci://docker.io/library/debian:12 or oci:DIR:TAG, or scratch.")
            }
            options.base = reference
        }
        options.container.entrypoint = try entrypoint.map(Self.words)
        options.container.user = user
        options.container.labels = label.compactMap { label in
            label.firstIndex(of: "=").map { (String(label[..<$0]), String(label[label.index(after: $0)...])) }
        }
        options.layers = layers?.compression ?? .gzip
        return options
    }

    private static func words(_ text: String) throws -> [String] {
        guard text.hasPrefix("[") else {
            return text.split(separator: " ").map(String.init)
        }
        let words = try JSONDocument(Array(text.utf8)).root.elements.map { $0.map(\.string) } ?? []
        let all = words.compactMap { $0 }
        guard !all.isEmpty, all.count == words.count else {
            throw Failure(
                "'\(text)' is no command",
                remedy: "Give --entrypoint words, or a JSON array: [\"python\", \"-m\", \"app\"].")
        }
        return all
    }
}

/// `--layers`
enum LayerCompression: String, CaseIterable, ExpressibleByArgument {
    case gzip, zstd

    var compression: PackCompression { self == .gzip ? .gzip : .zstd }
}
