import LibC
import Support

/// The data of the conformance suite, which is not part of the repository.
public enum Shared {
    /// Its folder: `PIXI_PACK_SHARED`, or `shared` beside the checkout; nil if there is none.
    public static let path: ByteString? = {
        if let variable = getenv("PIXI_PACK_SHARED") { return ByteString(cString: variable) }
        // Absolute, since tests link to it and programs run elsewhere.
        guard let here = getcwd(nil, 0) else { return nil }
        defer { free(here) }
        let beside = ByteString(cString: here).parentPath.appending(path: "shared")
        return (try? Sys.exists(beside.appending(path: "data"))) == true ? beside : nil
    }()

    /// For `.enabled(if:)`, with `missing` as the comment that shows up when the tests are skipped.
    public static var isPresent: Bool { path != nil }

    public static let missing = "the shared conformance data is not here: set PIXI_PACK_SHARED"

    /// The path of something in the folder.
    public static func file(_ name: String) throws -> ByteString {
        guard let path else { throw Failure("\(missing)") }
        return path.appending(path: ByteString(name))
    }

    /// The bytes of a file in the folder.
    public static func read(_ name: String) throws -> [UInt8] { try File.open(file(name)).slice().readAll() }
}
