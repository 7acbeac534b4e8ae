import Support

/// The absolute path at which an environment will be used, as it is written into its files. The place where it is written
/// may be another one: the folder of an image or a package that is being built, or no folder at all.
///
///     let prefix = try FinalPrefix(named: "/opt/app/env")
///     prefix.isNamed                                  // true: it need not be there
///     FinalPrefix(at: "/home/me/env").isNamed         // false: the place itself
public struct FinalPrefix: Sendable, Hashable {
    /// An absolute path.
    public let path: ByteString
    /// Whether it was named apart from the place. What depends on this machine then has no effect on the environment: it
    /// may be used on another one.
    public let isNamed: Bool

    /// An environment that is used where it is made.
    public init(at place: ByteString) {
        path = place
        isNamed = false
    }

    /// A path of whatever machine the environment will be used on; it need not be on this one.
    ///
    /// - Throws: `Failure` if no environment could be used there.
    public init(named path: ByteString) throws {
        func unusable(_ why: Message) -> Failure {
            Failure(
                "the final prefix '\(path)' \(why)",
                remedy: "Give --prefix the absolute path at which the environment will be used: /opt/app/env.")
        }
        var components = path.bytes.split(separator: UInt8(ascii: "/"))
        guard path.hasPrefix("/") else { throw unusable("is not an absolute path") }
        if components.contains(where: { $0.elementsEqual("..".utf8) }) { throw unusable("has '..' in it") }
        if path.string == nil { throw unusable("is not valid UTF-8") }
        if path.bytes.contains(0) { throw unusable("has a zero byte in it") }
        components.removeAll { $0.elementsEqual(".".utf8) }
        if components.isEmpty { throw unusable("is the root of the file system") }
        self.path = ByteString(components.flatMap { [UInt8(ascii: "/")] + $0 })
        isNamed = true
        try PrefixPlace.requireUsable(self.path)
    }

    /// What records give as the path of the pack in an environment for another machine, where the path it has on this one
    /// means nothing.
    public static let unknownPack: ByteString = "/environment.tar"
}
