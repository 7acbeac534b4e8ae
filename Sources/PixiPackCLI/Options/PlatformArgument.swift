import ArgumentParser
import CondaModel
import Packing
import Support

/// A platform on the command line: a subdir such as `linux-64`, or the name a lock file gives one (version 7).
struct PlatformArgument: RawRepresentable, ExpressibleByArgument {
    let rawValue: String

    init(_ platform: Platform) { rawValue = platform.rawValue }

    init?(rawValue: String) { self.rawValue = rawValue }

    var defaultValueDescription: String { rawValue }

    static var defaultCompletionKind: CompletionKind { .list(Platform.allCases.map(\.rawValue)) }

    /// - Throws: `ValidationError` if this is neither a subdir nor a platform of the lock file of `manifest`.
    func check(in manifest: ByteString) throws {
        do {
            _ = try Platform(parsing: rawValue)
        } catch {
            let names = (try? LockedPackageLists(manifest: manifest).platformNames) ?? []
            if names.contains(where: { $0.utf8.elementsEqual(rawValue.utf8) }) { return }
            let list = names.count == 1 ? "platform \(names[0])" : "platforms \(names.joined(separator: ", "))"
            let locked = names.isEmpty ? "" : "; the lock file has the \(list)"
            guard let meant = PlatformArgument.meant(by: rawValue, among: names) else {
                throw ValidationError("\(error)\(locked)")
            }
            throw ValidationError("'\(rawValue)' is not a known platform\(locked). Did you mean '\(meant)'?")
        }
    }
}

extension PlatformArgument {
    /// What other programs call parts of the names of platforms.
    private static let words = [
        "darwin": "osx", "macos": "osx", "mac": "osx", "windows": "win", "win32": "win", "x86_64": "64", "amd64": "64",
        "x64": "64",
    ]

    /// The platform that is close to a text, or called so elsewhere (`linux64`, `darwin-arm64`, `linux-x86_64`).
    fileprivate static func meant(by text: String, among locked: [String]) -> String? {
        let known = locked + Platform.allCases.map(\.rawValue)
        let parts = text.lowercased().split(separator: "-").map { words[String($0)] ?? String($0) }
        var name = parts.joined(separator: "-")
        if name == "linux-arm64" { name = "linux-aarch64" }
        if name == "osx-aarch64" { name = "osx-arm64" }
        return known.contains(name) ? name : Nearest.word(to: text, among: known)
    }
}
