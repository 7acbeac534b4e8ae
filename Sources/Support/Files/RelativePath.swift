import LibC

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
        if path.bytes.withUnsafeBytes({ ByteSearch.find(0, in: $0, from: 0) }) != nil {
            throw refuse("it contains a zero byte")
        }
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

    init(proven: ByteString) { bytes = proven }

    /// Whether the path can be taken as it is: no component is empty, `.` or `..`. This is the common case and needs no
    /// copy.
    private static func isClean(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let path = UnsafeRawBufferPointer(bytes)
        let dot = UInt8(ascii: ".")
        var start = 0
        while true {
            let end = ByteSearch.find(UInt8(ascii: "/"), in: path, from: start) ?? path.count
            switch end - start {
            case 0: return false
            case 1: if path[start] == dot { return false }
            case 2: if path[start] == dot && path[start + 1] == dot { return false }
            default: break
            }
            if end == path.count { return true }
            start = end + 1
        }
    }

    /// Whether the bytes are a path as it would be kept: nothing to refuse in it, nothing to drop.
    public static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count <= maximumLength && isClean(bytes)
            && ByteSearch.find(0, in: UnsafeRawBufferPointer(bytes), from: 0) == nil
    }

    /// The path if `isPlain`.
    public init?(plain bytes: UnsafeBufferPointer<UInt8>) {
        guard RelativePath.isPlain(bytes) else { return nil }
        self.bytes = ByteString([UInt8](bytes))
    }

    /// A path that begins with `folder`, which ends with a slash, as it is when that folder is at another place.
    public func moved(from folder: ByteString, to place: RelativePath) -> RelativePath {
        var moved: [UInt8] = []
        moved.reserveCapacity(place.bytes.count + 1 + bytes.count - folder.count)
        moved.append(contentsOf: place.bytes.bytes)
        moved.append(UInt8(ascii: "/"))
        moved.append(contentsOf: bytes.bytes[folder.count...])
        return RelativePath(proven: ByteString(moved))
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

    /// Whether the path has one component more than this one, in which it is.
    public func isChild(of folder: RelativePath) -> Bool {
        let count = folder.bytes.count
        return bytes.bytes.withUnsafeBytes { path in
            guard path.count > count, path[count] == UInt8(ascii: "/"), let rest = path.baseAddress,
                memchr(rest + count + 1, Int32(UInt8(ascii: "/")), path.count - count - 1) == nil
            else { return false }
            return folder.bytes.bytes.withUnsafeBytes { folder in
                folder.baseAddress.map { memcmp(rest, $0, count) == 0 } ?? false
            }
        }
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
        left.bytes.withUnsafeBufferPointer { left in
            right.bytes.withUnsafeBufferPointer { isOrdered(left, before: $0) }
        }
    }

    /// The same order for the bytes of paths.
    public static func isOrdered(_ left: UnsafeBufferPointer<UInt8>, before right: UnsafeBufferPointer<UInt8>) -> Bool {
        let slash = UInt8(ascii: "/")
        let common = min(left.count, right.count)
        let index = equalCount(left, right, common)
        if index == common { return left.count < right.count }
        // The end of a component sorts before every byte.
        if left[index] == slash { return true }
        if right[index] == slash { return false }
        return left[index] < right[index]
    }

    /// How many of the first `count` bytes are the same in both, eight at a time.
    private static func equalCount(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, _ count: Int
    ) -> Int {
        var index = 0
        if let left = UnsafeRawPointer(left.baseAddress), let right = UnsafeRawPointer(right.baseAddress) {
            while index + 8 <= count,
                (left + index).loadUnaligned(as: UInt64.self) == (right + index).loadUnaligned(as: UInt64.self)
            {
                index += 8
            }
        }
        while index < count, left[index] == right[index] { index += 1 }
        return index
    }
}

extension RelativePath: CustomStringConvertible {
    public var description: String { bytes.lossyString }
}
