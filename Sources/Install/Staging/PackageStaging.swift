import Archive
import CondaModel
import LibC
import Support

/// Unpacks packages while the rest of their pack is still arriving, into a hidden folder beside the environment. When the pack
/// is complete and the plan is made, their files only have to be moved.
///
/// A package that cannot be unpacked is skipped here; its installation then reports the error.
public final class PackageStaging: Sendable {
    /// How packages are unpacked.
    public struct Options: Sendable {
        /// Permission bits that folders do not get, and files not for writing.
        let umask: UInt32
        /// Whether files are adapted as the original does it.
        let followsOriginal: Bool
        /// The most bytes to unpack; nil: what is usual for each package.
        let maximumSize: Int64?
        /// How many threads work.
        let width: Int
        /// Whether a pack for another platform than this one is refused, so that nothing but what was unpacked of a package
        /// will be needed of it.
        let isPlatformKnown: Bool

        public init(umask: UInt32, followsOriginal: Bool, maximumSize: Int64?, width: Int, isPlatformKnown: Bool) {
            self.umask = umask
            self.followsOriginal = followsOriginal
            self.maximumSize = maximumSize
            self.width = width
            self.isPlatformKnown = isPlatformKnown
        }
    }

    private enum Staged {
        case package(StagedPackage)
        case wheel(StagedWheel)
    }

    private struct State {
        var waiting: [ArrivedFile] = []
        var isClosed = false
        /// Threads that were started, and those that are still at work.
        var started = 0
        var running = 0
        /// Packages that are being unpacked.
        var busy = 0
        /// Those of them that were begun before the pack was complete.
        var left = 0
        /// The hidden folder, made for the first package.
        var place: HiddenTemporary.Directory?
        /// By the offset of the archive in the pack.
        var staged: [Int64: Staged] = [:]
        /// The hashes of archives, by the same offset.
        var digests: [Int64: SHA256Digest] = [:]
        var bytes: Int64 = 0
        /// Whether the file system does not distinguish capital from small letters.
        var isFolding = false

        /// Which package is unpacked next: the largest that waits, as it would take longest at the end; once the whole
        /// pack has arrived, the smallest.
        var next: Int? {
            let sizes = { (index: Int) in waiting[index].content.length }
            return isClosed
                ? waiting.indices.min { sizes($0) < sizes($1) } : waiting.indices.max { sizes($0) < sizes($1) }
        }
    }

    private let state = WaitableState(State())
    private let name: ByteString
    private let parent: ByteString
    private let context: InstallContext
    private let options: Options
    /// Limits what all packages of the pack unpack to, whether here or later.
    public let budget: DecodingBudget
    private let metadataBudget = MetadataBudget(packed: 0)

    /// - Parameters:
    ///   - name: what the hidden folder is called after: the environment.
    ///   - parent: an existing folder, on the file system where the environment will be.
    ///   - prefix: where the environment will be used.
    public init(for name: ByteString, in parent: ByteString, prefix: FinalPrefix, options: Options) {
        self.name = name
        self.parent = parent
        context = InstallContext(
            prefix: prefix, platform: .current, python: nil, origin: "", linkType: .hardLink,
            followsOriginal: options.followsOriginal)
        self.options = options
        budget = DecodingBudget(total: options.maximumSize)
    }

    deinit { discard() }

    /// Removes what killed runs left.
    public func tidy() { HiddenTemporary.sweep(name, in: parent) }

    /// Takes a file of the pack that has arrived, to unpack it if it is a package.
    ///
    /// - Returns: whether it was taken; `ArrivedFile.done(with:)` is then called when it has been read.
    public func take(_ file: ArrivedFile) -> Bool {
        guard isPackage(file.path) || file.path.lastComponent.hasSuffix(".whl") else { return false }
        let mustStart = state.change { state -> Bool? in
            if state.isClosed { return nil }
            if state.started < options.width {
                state.started += 1
                state.running += 1
                state.waiting.append(file)
                return true
            }
            if state.running == 0 { return nil }
            state.waiting.append(file)
            return false
        }
        guard mustStart == true else { return mustStart != nil }
        let thread = startThread { [self] in work() }
        if let thread {
            pthread_detach(thread)
            return true
        }
        return state.change { state in
            state.running -= 1
            if state.running == 0 { state.waiting = [] }
            return state.running > 0
        }
    }

    /// Whether it is a conda package for this platform or for all; nothing is needed of the others.
    private func isPackage(_ path: RelativePath) -> Bool {
        guard ArchiveName(path.lastComponent.lossyString) != nil, let subdir = path.parent?.lastComponent else {
            return false
        }
        return [context.platform, .noarch].contains { ByteString($0.rawValue) == subdir }
    }

    private func work() {
        let scratch = DecoderScratch(budget: budget)
        while true {
            let next: (file: ArrivedFile, isEarly: Bool)?? = state.wait { state in
                if Interruption.signal != nil { return .some(nil) }
                // After the pack is complete small packages are unpacked only until the others are done.
                if state.isClosed, state.left == 0 || state.waiting.isEmpty { return .some(nil) }
                guard let index = state.next else { return nil }
                state.busy += 1
                return .some((state.waiting.remove(at: index), !state.isClosed))
            }
            guard let next, let next else { break }
            let unneeded = stage(next.file.path, next.file.content, scratch)
            next.file.done(with: options.isPlatformKnown ? unneeded : [])
            state.change { state in
                state.busy -= 1
                if next.isEarly, state.isClosed { state.left -= 1 }
            }
        }
        state.change { $0.running -= 1 }
    }

    /// Unpacks a package.
    ///
    /// - Returns: the parts of its archive that are not needed any more.
    private func stage(_ path: RelativePath, _ content: FileSlice, _ scratch: DecoderScratch) -> [FileSlice] {
        guard content.length > 0, let place = (try? state.note(place)) ?? nil else { return [] }
        let name = ByteString("\(content.offset)")
        do {
            try Sys.mkdir(name, mode: 0o700, at: place.file.descriptor)
            let writer = try PrefixWriter(place.path.appending(path: name), umask: options.umask)
            if path.lastComponent.hasSuffix(".whl") {
                let wheel = try StagedWheel.make(writer, content, scratch: scratch)
                note(.wheel(wheel), content, wheel.sha256, wheel.bytes)
                return wheel.content
            } else {
                metadataBudget.allow(packed: content.length)
                let package = try StagedPackage.make(
                    writer, path.lastComponent, content, context, scratch: scratch, budget: metadataBudget)
                note(.package(package), content, package.sha256, package.bytes)
                return [content]
            }
        } catch {
            RemoveTree.discard(name, at: place.file.descriptor)
            return []
        }
    }

    private func note(_ staged: Staged, _ content: FileSlice, _ sha256: SHA256Digest, _ bytes: Int64) {
        state.note { state in
            state.staged[content.offset] = staged
            state.digests[content.offset] = sha256
            state.bytes = state.bytes.addingReportingOverflow(bytes).partialValue
        }
    }

    /// The hidden folder, made when it is first needed; nil where packages cannot be unpacked on their own.
    private func place(_ state: inout State) throws -> HiddenTemporary.Directory? {
        if state.isFolding { return nil }
        if let place = state.place { return place }
        let place = try HiddenTemporary.directory(for: name, in: parent, mode: 0o700)
        state.place = place
        if try FoldedNames.areFolded(PrefixWriter(place.path, umask: options.umask).session()) {
            // Two files of a package may have one name there. Only the plan can decide what that means.
            state.isFolding = true
            return nil
        }
        return place
    }

    /// About how many bytes were unpacked.
    public var bytes: Int64 { state.read { $0.bytes } }

    /// Waits until everything that was taken is unpacked; returns how many packages and wheels that are.
    func settle() -> Int {
        state.wait { $0.waiting.isEmpty && $0.busy == 0 ? () : nil }
        return state.read { $0.staged.count }
    }

    /// To be called when the pack is complete: ends unpacking soon. Most packages that were not begun are left to the
    /// installation.
    public func end() {
        state.change { state in
            if state.isClosed { return }
            (state.isClosed, state.left) = (true, state.busy)
        }
        state.wait { $0.running == 0 ? () : nil }
    }

    /// The SHA-256 of an archive that was unpacked, whose content may be gone by now; nil for all others.
    public func digest(of content: FileSlice) -> SHA256Digest? {
        state.read { $0.digests[content.offset] }
    }

    /// Gives packages the files that were unpacked of them.
    ///
    /// - Parameter platform: that of the environment. If it is not the one of this machine, files have to be adapted in
    ///   another way, and nothing is given.
    public func complete(_ packages: inout [PackageSource], for platform: Platform) {
        guard platform == context.platform else { return }
        let staged = state.read { $0.staged }
        for index in packages.indices {
            guard let content = try? packages[index].member.open(),
                case .package(let package)? = staged[content.offset]
            else { continue }
            packages[index].staged = package
        }
    }

    /// Gives a wheel the files that were unpacked of it.
    func complete(_ plan: inout WheelPlan, _ content: FileSlice) {
        if case .wheel(let wheel)? = state.read({ $0.staged[content.offset] }) { plan.staged = wheel }
    }

    /// Drops what was unpacked: the pack is read again from its beginning, and may have changed.
    public func forget() {
        state.note { $0.waiting = [] }
        end()
        state.note { ($0.staged, $0.digests, $0.bytes) = ([:], [:], 0) }
    }

    /// Ends unpacking and removes the hidden folder with all that was not moved.
    public func discard() {
        state.note { $0.waiting = [] }
        end()
        let place = state.note { state in
            defer { (state.place, state.staged) = (nil, [:]) }
            return state.place
        }
        guard let place, let parent = try? Sys.openDirectory(parent) else { return }
        RemoveTree.discard(place.name, at: parent.descriptor, expected: try? place.identity())
    }
}
