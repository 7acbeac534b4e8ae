/// A path that is proven to stay below the directory it is used in: it is relative, and has no empty, `.` or `..`
/// component and no zero byte.
///
///     let path = try RelativePath("bin//./python")  // bin/python
///     let file = path.parent?.appending(try RelativePath("pip"))  // bin/pip
///     try RelativePath("../etc/passwd")  // throws
///
/// This says nothing about symbolic links: code that writes below a directory others can write to has to check them.
public struct RelativePath: Hashable, Sendable, Comparable {
    /// In bytes: PATH_MAX of Linux without its terminating zero. No program can be given a longer path.
    public static let maximumLength = 4095

    /// The path in bytes, without a `/` at its end.
    public let bytes: ByteString

    /// The path with `.` components, doubled and trailing slashes dropped.
    ///
    /// - Throws: `Failure` saying what is wrong with the path (absolute, `..`, zero byte, empty, too long).
    public init(_ path: ByteString) throws {
        func refuse(_ reason: Message) -> Failure { Failure("unsafe path '\(path.lossyString)': \(reason)") }
        if path.bytes.first == UInt8(ascii: "/") { throw refuse("it is absolute") }
        if path.bytes.contains(0) { throw refuse("it contains a zero byte") }
        if path.count > RelativePath.maximumLength {
            throw refuse("it has \(path.count) bytes, more than \(RelativePath.maximumLength)")
        }
        if path.bytes.withUnsafeBufferPointer(RelativePath.isClean) {
            bytes = path
            return
        }
        var clean: [UInt8] = []
        clean.reserveCapacity(path.count)
        for component in path.bytes.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual([UInt8(ascii: ".")]) { continue }
            if component.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) {
                throw refuse("it contains '..'")
            }
            if !clean.isEmpty { clean.append(UInt8(ascii: "/")) }
            clean.append(contentsOf: component)
        }
        if clean.isEmpty { throw refuse("it is empty") }
        bytes = ByteString(clean)
    }

    private init(proven: ByteString) { bytes = proven }

    /// Whether the path can be taken as it is: no component is empty, `.` or `..`. This is the common case and needs no
    /// copy.
    private static func isClean(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var length = 0
        var dots = 0
        for byte in bytes {
            if byte == UInt8(ascii: "/") {
                if length == dots && length <= 2 { return false }
                length = 0
                dots = 0
            } else {
                length += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        return !(length == dots && length <= 2)
    }

    /// Whether the bytes are a path as it would be kept: nothing to refuse in it, nothing to drop.
    public static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count <= maximumLength && isClean(bytes) && !bytes.contains(0)
    }

    /// The path of `component` below this one.
    public func appending(_ component: RelativePath) -> RelativePath {
        RelativePath(proven: ByteString(bytes.bytes + [UInt8(ascii: "/")] + component.bytes.bytes))
    }

    /// The directory part; nil for a single component.
    public var parent: RelativePath? {
        guard let slash = bytes.bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return RelativePath(proven: ByteString(bytes.bytes[..<slash]))
    }

    /// The part behind the last `/`.
    public var lastComponent: ByteString { bytes.lastPathComponent }

    /// The parts between slashes, at least one.
    public var components: [ByteString] { bytes.bytes.split(separator: UInt8(ascii: "/")).map { ByteString($0) } }

    /// Component by component, each as bytes (docs/spec/install.md#paths): `a/x` < `a b/x` < `a-b/x` < `a.b`.
    public static func < (left: RelativePath, right: RelativePath) -> Bool {
        isOrdered(left.bytes, before: right.bytes)
    }

    /// The same order for paths that were not proven, as they are written.
    public static func isOrdered(_ left: ByteString, before right: ByteString) -> Bool {
        let slash = UInt8(ascii: "/")
        return left.bytes.withUnsafeBufferPointer { leftBytes in
            right.bytes.withUnsafeBufferPointer { rightBytes in
                let common = min(leftBytes.count, rightBytes.count)
                for index in 0..<common where leftBytes[index] != rightBytes[index] {
                    // The end of a component sorts before every byte.
                    if leftBytes[index] == slash { return true }
                    if rightBytes[index] == slash { return false }
                    return leftBytes[index] < rightBytes[index]
                }
                return leftBytes.count < rightBytes.count
            }
        }
    }
}

extension RelativePath: CustomStringConvertible {
    public var description: String { bytes.lossyString }
}
