import Archive
import CondaModel
import LibC
import Support

/// Makes the files of packages while the rest of their pack still arrives, out of sight and beside where the environment
/// will be. When all has come and the plan is made, they only have to be given their places.
///
/// What cannot be unpacked is left as it is: installing it will say why.
public final class PackageStaging: Sendable {
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
        /// Those of them that were begun before all had come.
        var left = 0
        /// Made for the first package.
        var place: HiddenTemporary.Directory?
        /// By where the archive begins in the pack.
        var staged: [Int64: Staged] = [:]
        /// The hashes of archives, in the same way.
        var digests: [Int64: SHA256Digest] = [:]
        var bytes: Int64 = 0
        /// Whether file names do not tell capital from small letters.
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
    private let umask: UInt32
    private let width: Int
    private let isPlatformKnown: Bool
    /// Limits what is unpacked, together with what is not staged.
    public let budget: DecodingBudget
    private let metadataBudget = MetadataBudget(packed: 0)

    /// - Parameters:
    ///   - name: what the hidden folder is called after: the environment.
    ///   - parent: an existing folder, on the file system where the environment will be.
    ///   - prefix: where the environment will be used.
    ///   - isOriginals: whether files are adapted as the original does it.
    ///   - maximumSize: the most bytes to unpack; nil: what is usual for each package.
    ///   - width: how many threads work.
    ///   - isPlatformKnown: whether a pack for another platform than this one is refused, so that what was unpacked of a
    ///     package is all that will be needed of it.
    public init(
        for name: ByteString, in parent: ByteString, prefix: FinalPrefix, umask: UInt32, isOriginals: Bool,
        maximumSize: Int64?, width: Int, isPlatformKnown: Bool
    ) {
        self.name = name
        self.parent = parent
        context = InstallContext(
            prefix: prefix, platform: .current, python: nil, origin: "", linkType: .hardLink, isOriginals: isOriginals)
        self.umask = umask
        self.width = width
        self.isPlatformKnown = isPlatformKnown
        budget = DecodingBudget(total: maximumSize)
    }

    deinit { discard() }

    /// Removes what killed runs left.
    public func tidy() { HiddenTemporary.sweep(name, in: parent) }

    /// A file of the pack has come; its content can be read as long as the pack is.
    ///
    /// - Returns: whether it will be `done` with.
    public func take(_ file: ArrivedFile) -> Bool {
        guard isPackage(file.path) || file.path.lastComponent.hasSuffix(".whl") else { return false }
        let mustStart = state.change { state -> Bool? in
            if state.isClosed { return nil }
            if state.started < width {
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

    /// Of those for other platforms nothing will be needed.
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
                // While others are still at work something small is better than nothing.
                if state.isClosed, state.left == 0 || state.waiting.isEmpty { return .some(nil) }
                guard let index = state.next else { return nil }
                state.busy += 1
                return .some((state.waiting.remove(at: index), !state.isClosed))
            }
            guard let next, let next else { break }
            let unneeded = stage(next.file.path, next.file.content, scratch)
            next.file.done(with: isPlatformKnown ? unneeded : [])
            state.change { state in
                state.busy -= 1
                if next.isEarly, state.isClosed { state.left -= 1 }
            }
        }
        state.change { $0.running -= 1 }
    }

    /// - Returns: the bytes that nobody will ask for.
    private func stage(_ path: RelativePath, _ content: FileSlice, _ scratch: DecoderScratch) -> [FileSlice] {
        guard content.length > 0, let place = (try? state.note(place)) ?? nil else { return [] }
        let name = ByteString("\(content.offset)")
        let folder = place.path.appending(path: name)
        do {
            try Sys.mkdir(name, mode: 0o700, at: place.file.descriptor)
            if path.lastComponent.hasSuffix(".whl") {
                let wheel = try StagedWheel.make(in: folder, content, umask: umask, scratch: scratch)
                note(.wheel(wheel), content, wheel.sha256, wheel.bytes)
                return wheel.content
            } else {
                metadataBudget.allow(packed: content.length)
                let package = try StagedPackage.make(
                    in: folder, path.lastComponent, content, context, umask: umask, scratch: scratch,
                    budget: metadataBudget)
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
        if try FoldedNames.areFolded(PrefixWriter(place.path, umask: umask).session()) {
            // Two files of a package may be one there, which the plan has to judge.
            state.isFolding = true
            return nil
        }
        return place
    }

    /// How many bytes of the environment are there already.
    public var bytes: Int64 { state.read { $0.bytes } }

    /// Waits until all that has come is unpacked; returns how many packages are.
    func settle() -> Int {
        state.wait { $0.waiting.isEmpty && $0.busy == 0 ? () : nil }
        return state.read { $0.staged.count }
    }

    /// All has come: what was not begun is mostly left to the usual way.
    public func end() {
        state.change { state in
            if state.isClosed { return }
            (state.isClosed, state.left) = (true, state.busy)
        }
        state.wait { $0.running == 0 ? () : nil }
    }

    /// The hash of an archive that was unpacked; its content may not be there any more.
    public func digest(of content: FileSlice) -> SHA256Digest? {
        state.read { $0.digests[content.offset] }
    }

    /// Adds to packages what is there of them.
    ///
    /// - Parameter platform: of the environment; for another one files are adapted in another way.
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

    /// Adds to a wheel what is there of it.
    func complete(_ plan: inout WheelPlan, _ content: FileSlice) {
        if case .wheel(let wheel)? = state.read({ $0.staged[content.offset] }) { plan.staged = wheel }
    }

    /// The pack comes again, and perhaps otherwise.
    public func forget() {
        state.note { $0.waiting = [] }
        end()
        state.note { ($0.staged, $0.digests, $0.bytes) = ([:], [:], 0) }
    }

    /// Removes what is left.
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
