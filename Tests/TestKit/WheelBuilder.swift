/// Builds wheels for tests: right ones with few words, and wrong ones on purpose.
public struct WheelBuilder {
    public var name: String
    public var version: String
    public var tag = "py3-none-any"
    /// Without the dist-info directory; `{S}` in a name stands for the stem `name-version`.
    public var files: [(name: String, contents: [UInt8], mode: UInt32?)] = []
    /// Nil leaves the file out; `right` makes it.
    public var record: Metadata = .right
    public var metadata: Metadata = .right
    public var wheel: Metadata = .right
    public var entryPoints: String?
    public var method = ZipBuilder.Method.deflated

    /// One of the files every wheel has.
    public enum Metadata {
        case right, none
        case text(String)
    }

    public init(_ name: String = "pkg", _ version: String = "1.0") {
        self.name = name
        self.version = version
    }

    public var stem: String { "\(name)-\(version)" }
    public var fileName: String { "\(stem)-\(tag).whl" }

    public mutating func add(_ name: String, _ contents: String, mode: UInt32? = 0o100644) {
        add(name, Array(contents.utf8), mode: mode)
    }

    public mutating func add(_ name: String, _ contents: [UInt8], mode: UInt32? = 0o100644) {
        files.append((expand(name), contents, mode))
    }

    /// The archive. The right RECORD has hashes made by `hash` and a row without one for itself.
    public func archive(hash: ([UInt8]) -> String) -> [UInt8] {
        var all = files
        func add(_ name: String, _ choice: Metadata, right: String) {
            switch choice {
            case .none: break
            case .right: all.append(("\(stem).dist-info/\(name)", Array(right.utf8), 0o100644))
            case .text(let text): all.append(("\(stem).dist-info/\(name)", Array(expand(text).utf8), 0o100644))
            }
        }
        add("METADATA", metadata, right: "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n")
        add("WHEEL", wheel, right: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: \(tag)\n")
        if let entryPoints { add("entry_points.txt", .text(entryPoints), right: "") }
        var rows = ""
        for file in all where !file.name.hasSuffix("/") {
            let needsQuotes = file.name.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }
            let quoted = file.name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            rows += needsQuotes ? "\"\(quoted)\"" : file.name
            rows += ",\(hash(file.contents)),\(file.contents.count)\n"
        }
        add("RECORD", record, right: rows + "\(stem).dist-info/RECORD,,\n")
        var zip = ZipBuilder()
        for file in all { zip.add(file.name, file.contents, method: method, mode: file.mode) }
        return zip.finish()
    }

    private func expand(_ text: String) -> String {
        var parts: [Substring] = []
        var rest = text[...]
        while let position = rest.firstRange(of: "{S}") {
            parts.append(rest[..<position.lowerBound])
            rest = rest[position.upperBound...]
        }
        return (parts + [rest]).joined(separator: stem)
    }
}
