import CondaModel
import Support

/// Adapts a text that names one path of an environment to another one.
struct TextRelocator {
    let old: ByteString
    let new: FinalPrefix
    let platform: Platform

    /// The text for the new path.
    ///
    /// If the placeholder can be put back so that the text has the hash of the package's file, the result is what a fresh
    /// installation would write. Otherwise the path is replaced wherever it stands, as in files that a person has changed.
    func relocated(_ text: [UInt8], placeholder: ByteString, sha256: SHA256Digest?) throws -> [UInt8] {
        if let sha256, !placeholder.isEmpty,
            let original = originals(of: text, placeholder).first(where: { SHA256Hasher.hash($0) == sha256 })
        {
            return try adapted(original, placeholder)
        }
        return replaced(text)
    }

    /// The text with the path replaced where it stands as a whole, and its first line in the form it then needs.
    func replaced(_ text: [UInt8]) -> [UInt8] {
        guard text.starts(with: "#!".utf8) else { return Self.replacing(old, with: new.path, in: text) }
        let end = text.firstIndex(of: 0x0A) ?? text.count
        let line = Array(text[..<end])
        let shebang = Shebang(placeholder: old, prefix: new.path, platform: platform, isElsewhere: new.isNamed)
        let first = EnvironmentPlace.names(old, line) ? shebang.rewritten(line) : line
        return first + Self.replacing(old, with: new.path, in: Array(text[end...]))
    }

    /// The beginning of a script that starts the environment's Python, in the forms of entry points.
    func script(_ text: [UInt8], _ form: RelocatedFile.EntryPointForm, python: PrefixPath) -> [UInt8] {
        let shebang = form == .conda ? EntryPointScript.condaShebang : EntryPointScript.wheelShebang
        let (from, to) = (shebang(executable(old, python, form)), shebang(executable(new.path, python, form)))
        if text.starts(with: from.bytes) { return to.bytes + text.dropFirst(from.count) }
        // Programs that were compiled are no scripts.
        return text.starts(with: "#!".utf8) ? replaced(text) : text
    }

    private func executable(
        _ prefix: ByteString, _ python: PrefixPath, _ form: RelocatedFile.EntryPointForm
    ) -> ByteString {
        (form == .conda ? prefix : lexicallyResolved(prefix)).appending(path: python.bytes)
    }

    private func adapted(_ original: [UInt8], _ placeholder: ByteString) throws -> [UInt8] {
        var result: [UInt8] = []
        var patcher = TextPatcher(
            placeholder: placeholder, prefix: new.path, platform: platform, isElsewhere: new.isNamed)
        try original.withUnsafeBytes { try patcher.update($0) { result.append(contentsOf: $0) } }
        try patcher.finish { result.append(contentsOf: $0) }
        return result
    }

    /// What the package's file may have been, by the forms that its first line may have got (`Shebang`).
    private func originals(of text: [UInt8], _ placeholder: ByteString) -> [[UInt8]] {
        let text = withEncodingBehind(text)
        func restored(_ part: ArraySlice<UInt8>) -> [UInt8] {
            ByteSearch.replacing(old.bytes, with: placeholder.bytes, in: Array(part))
        }
        var found = [restored(text[...])]
        guard text.starts(with: "#!".utf8) else { return found }
        let starts = ["#!", "#!/usr/bin/env ", "#!/usr/bin/env -S "]
        let shell = Array("#!/bin/sh\n'''exec' ".utf8)
        let tail = Array(" \"$0\" \"$@\" #'''".utf8)
        if text.starts(with: shell) {
            let line = text.dropFirst(shell.count).prefix { $0 != 0x0A }
            if line.suffix(tail.count).elementsEqual(tail) {
                let words = WordSplitter.shell.restoring(old, as: placeholder, in: Array(line.dropLast(tail.count)))
                found += starts.map { Array($0.utf8) + words + restored(text[line.endIndex...]) }
            }
        }
        for form in starts.dropFirst() where text.starts(with: form.utf8) {
            let line = text.dropFirst(form.utf8.count).prefix { $0 != 0x0A }
            let words = WordSplitter.environment.restoring(old, as: placeholder, in: Array(line))
            let body = restored(text[line.endIndex...])
            found.append(Array(form.utf8) + words + body)
            found += starts.map { Array($0.utf8) + placeholder.bytes + Array("/bin/".utf8) + words + body }
        }
        return found
    }

    /// The line that names the encoding behind the two lines that start Python, where `TextPatcher` put it between them.
    private func withEncodingBehind(_ text: [UInt8]) -> [UInt8] {
        let start = Array("#!/bin/sh".utf8)
        guard text.starts(with: start + [0x0A]) else { return text }
        let second = text[(start.count + 1)...].prefix { $0 != 0x0A }
        let third = text[second.endIndex...].dropFirst().prefix { $0 != 0x0A }
        guard WheelScript.namesEncoding(Array(second)), third.starts(with: "'''exec' ".utf8) else { return text }
        return start + [0x0A] + third + [0x0A] + second + text[third.endIndex...]
    }

    /// Replaces a path where it is not only the beginning of a longer name.
    static func replacing(_ old: ByteString, with new: ByteString, in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        for range in ByteSearch.ranges(of: old.bytes, in: text) {
            if range.upperBound < text.count, EnvironmentPlace.isOfName(text[range.upperBound]) { continue }
            result += text[position..<range.lowerBound]
            result += new.bytes
            position = range.upperBound
        }
        return result + text[position...]
    }
}
