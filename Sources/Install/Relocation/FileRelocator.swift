import CondaModel
import Support

/// Makes the content of files for the new path, from what they are now.
struct FileRelocator: Sendable {
    let root: ByteString
    let old: ByteString
    let new: FinalPrefix
    let platform: Platform
    let python: PrefixPath?

    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    /// In bytes. Texts are kept in memory while they are adapted; larger ones are refused.
    private static let longestText: Int64 = 256 << 20

    /// Decides about a file.
    ///
    /// - Parameter written: the hash of what an earlier run has written at this path, if one was broken off.
    /// - Returns: nil if nothing is there, or it is no regular file.
    func step(for file: RelocatedFile, written: SHA256Digest?) throws -> Result<RelocationStep, Refusal>? {
        guard let slice = open(file.path) else { return nil }
        let before = try slice.sha256()
        if before == written {
            return .success(
                RelocationStep(
                    file: file, before: before, after: before, size: UInt64(slice.length), isDone: true))
        }
        if let reason = try refusal(file, slice) { return .failure(Refusal(reason: reason)) }
        var hasher = SHA256Hasher()
        var size: UInt64 = 0
        try make(file, from: slice) {
            hasher.update($0)
            size += UInt64($0.count)
        }
        return .success(RelocationStep(file: file, before: before, after: hasher.finish(), size: size))
    }

    /// Why a file cannot be adapted.
    struct Refusal: Error { let reason: Message }

    /// Gives `sink` the file's content for the new path.
    func make(_ file: RelocatedFile, _ sink: Sink) throws {
        guard let slice = open(file.path) else { throw Failure("'\(file.path)' is gone") }
        try make(file, from: slice, sink)
    }

    private func make(_ file: RelocatedFile, from slice: FileSlice, _ sink: Sink) throws {
        let text = TextRelocator(old: old, new: new, platform: platform)
        switch file.content {
        case .script(let form):
            let bytes = try slice.readAll(limit: Self.longestText)
            try (python.map { text.script(bytes, form, python: $0) } ?? text.replaced(bytes)).withUnsafeBytes(sink)
        case .changed:
            try text.replaced(try slice.readAll(limit: Self.longestText)).withUnsafeBytes(sink)
        case .adapted(let placeholder, let original) where placeholder.mode == .text:
            try text.relocated(
                try slice.readAll(limit: Self.longestText), placeholder: placeholder.text, sha256: original
            ).withUnsafeBytes(sink)
        case .adapted where platform.isWindows: try slice.forEachChunk(sink)
        case .adapted(let placeholder, _):
            var patcher = try BinaryPatcher(placeholder: placeholder.text, prefix: new.path)
            var wide = WideStringPatcher(placeholder: placeholder.text, prefix: new.path)
            try revert(slice, placeholder.text) { block in
                try patcher.update(block) { part in try wide.update(part, sink) }
            }
            try patcher.finish { part in try wide.update(part, sink) }
            try wide.finish(sink)
        }
    }

    private func revert(_ slice: FileSlice, _ placeholder: ByteString, _ sink: Sink) throws {
        var reverter = BinaryReverter(placeholder: placeholder, prefix: old)
        try slice.forEachChunk { try reverter.update($0, sink) }
        try reverter.finish(sink)
    }

    private func refusal(_ file: RelocatedFile, _ slice: FileSlice) throws -> Message? {
        if case .changed = file.content, slice.length <= Self.longestText {
            let bytes = try slice.readAll(limit: Self.longestText)
            if !bytes.contains(0) || ByteSearch.ranges(of: old.bytes, in: bytes).isEmpty { return nil }
            return "its record does not say how much room for a path it has"
        }
        guard case .adapted(let placeholder, let original) = file.content, placeholder.mode == .binary,
            !platform.isWindows
        else { return slice.length > Self.longestText && !isBinary(file) ? "it is too large a text" : nil }
        let room = placeholder.text.count
        if new.path.count > room { return "it has room for a path of \(room) bytes, the new one has \(new.path.count)" }
        guard let original else { return nil }
        var hasher = SHA256Hasher()
        try revert(slice, placeholder.text) { hasher.update($0) }
        return hasher.finish() == original ? nil : "it is not as its package brought it"
    }

    private func isBinary(_ file: RelocatedFile) -> Bool {
        if case .adapted(let placeholder, _) = file.content { return placeholder.mode == .binary }
        return false
    }

    private func open(_ path: PrefixPath) -> FileSlice? {
        guard let file = try? OwnFile.regular(root.appending(path: path.bytes)) else { return nil }
        return try? file.slice()
    }
}
