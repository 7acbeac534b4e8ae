import Install
import LibC
import Support

/// Where an environment is to be, and where it will be used. Links and dots of what the user gave are resolved once, so that
/// what is written into the environment, looked at and replaced is one path.
struct UnpackTarget: Sendable {
    /// The absolute path of the environment; a trailing slash stays, as the original writes it.
    let place: ByteString
    /// Where it will be used: the place, unless another one was named.
    let prefix: FinalPrefix
    /// The absolute path of the folder its scripts go to.
    let folder: ByteString

    /// Resolves the output directory and the name in it.
    ///
    /// - Parameter prefix: where the environment will be used, if that is not its place.
    /// - Throws: `Failure` if the name leaves the output directory, or the path is not valid UTF-8.
    static func resolve(
        output: ByteString, name: ByteString, prefix: FinalPrefix? = nil
    ) throws -> UnpackTarget {
        let slash = UInt8(ascii: "/")
        var fault: String?
        if name.bytes.first == slash { fault = "is an absolute path" }
        if name.bytes.split(separator: slash).contains(where: { $0.elementsEqual("..".utf8) }) {
            fault = "has '..' in it"
        }
        if let fault {
            throw Failure(
                "the name of the environment '\(name)' \(fault)",
                remedy: "Name a folder of the output directory, and that with --output-directory.")
        }
        let current = try Unpacker.currentDirectory(for: [output])
        let given = AbsolutePath.prefix(output: output, name: name, current: current)
        var place = try PathResolution.resolve(given)
        if given.bytes.last == slash, place.bytes.last != slash { place = place + "/" }
        guard place.string != nil else {
            throw Failure(
                "the path of the environment '\(place)' is not valid UTF-8",
                remedy: "Choose another place with --output-directory.")
        }
        let folder = try PathResolution.resolve(AbsolutePath.make(output, current: current))
        return UnpackTarget(place: place, prefix: prefix ?? FinalPrefix(at: place), folder: folder)
    }

    /// Refuses places that hold more than an environment, whatever is asked for: the current folder, the home folder, what
    /// holds one of them or a pack, and the root.
    ///
    /// - Parameter packs: absolute paths of what is unpacked.
    /// - Throws: `Failure` that says what the place is.
    func requireOwnPlace(packs: [ByteString]) throws {
        func unsuitable(_ why: Message) -> Failure {
            Failure(
                "the environment cannot be at '\(place)', which \(why)",
                remedy: "Name a folder of its own with --output-directory and --env-name.")
        }
        guard let status = try? Sys.stat(place) else { return }
        let own = FileIdentity(status)
        if identities("/").first == own { throw unsuitable("is the root of the file system") }
        if let current = try? Sys.currentDirectory(), let distance = identities(current).firstIndex(of: own) {
            throw unsuitable(distance == 0 ? "is the current folder" : "holds the current folder")
        }
        if let home = ProcessEnvironment.current.home,
            let distance = identities(home).firstIndex(of: own)
        {
            throw unsuitable(distance == 0 ? "is your home folder" : "holds your home folder")
        }
        for pack in packs where identities(pack).contains(own) { throw unsuitable("holds the pack '\(pack)'") }
    }

    /// What is at a path, and in all folders above.
    private func identities(_ path: ByteString) -> [FileIdentity] {
        guard var path = try? PathResolution.resolve(path) else { return [] }
        var result: [FileIdentity] = []
        while true {
            if let status = try? Sys.stat(path) { result.append(FileIdentity(status)) }
            if path == "/" { return result }
            path = path.parentPath
        }
    }
}
