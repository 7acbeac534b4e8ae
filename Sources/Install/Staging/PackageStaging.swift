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
        var waiting: [(path: RelativePath, content: FileSlice)] = []
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
        var bytes: Int64 = 0
        /// Whether file names do not tell capital from small letters.
        var isFolding = false

        /// Which package is to be unpacked next: the largest of those that wait, as it would take longest at the end; when
        /// all has come, the smallest.
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
    public init(
        for name: ByteString, in parent: ByteString, prefix: FinalPrefix, umask: UInt32, isOriginals: Bool,
        maximumSize: Int64?, width: Int
    ) {
        self.name = name
        self.parent = parent
        context = InstallContext(
            prefix: prefix, platform: .current, python: nil, origin: "", linkType: .hardLink, isOriginals: isOriginals)
        self.umask = umask
        self.width = width
        budget = DecodingBudget(total: maximumSize)
    }

    deinit { discard() }

    /// Removes what killed runs left.
    public func tidy() { HiddenTemporary.sweep(name, in: parent) }

    /// A file of the pack has come; `content` can be read as long as the pack is.
    public func take(_ path: RelativePath, _ content: FileSlice) {
        guard isPackage(path) || path.lastComponent.hasSuffix(".whl") else { return }
        let mustStart = state.change { state in
            if state.isClosed { return false }
            state.waiting.append((path, content))
            if state.started == width { return false }
            state.started += 1
            state.running += 1
            return true
        }
        guard mustStart else { return }
        let thread = startThread { [self] in work() }
        guard let thread else { return state.change { $0.running -= 1 } }
        pthread_detach(thread)
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
            let next: (path: RelativePath, content: FileSlice, isEarly: Bool)?? = state.wait { state in
                if Interruption.signal != nil { return .some(nil) }
                // While others are still at work something small is better than nothing.
                if state.isClosed, state.left == 0 || state.waiting.isEmpty { return .some(nil) }
                guard let index = state.next else { return nil }
                state.busy += 1
                let (path, content) = state.waiting.remove(at: index)
                return .some((path, content, !state.isClosed))
            }
            guard let next, let next else { break }
            stage(next.path, next.content, scratch)
            state.change { state in
                state.busy -= 1
                if next.isEarly, state.isClosed { state.left -= 1 }
            }
        }
        state.change { $0.running -= 1 }
    }

    private func stage(_ path: RelativePath, _ content: FileSlice, _ scratch: DecoderScratch) {
        guard content.length > 0, let place = (try? state.note(place)) ?? nil else { return }
        let name = ByteString("\(content.offset)")
        let folder = place.path.appending(path: name)
        do {
            try Sys.mkdir(name, mode: 0o700, at: place.file.descriptor)
            if path.lastComponent.hasSuffix(".whl") {
                let wheel = try StagedWheel.make(in: folder, content, umask: umask, scratch: scratch)
                note(.wheel(wheel), content, wheel.bytes)
            } else {
                metadataBudget.allow(packed: content.length)
                let package = try StagedPackage.make(
                    in: folder, path.lastComponent, content, context, umask: umask, scratch: scratch,
                    budget: metadataBudget)
                note(.package(package), content, package.bytes)
            }
        } catch {
            RemoveTree.discard(name, at: place.file.descriptor)
        }
    }

    private func note(_ staged: Staged, _ content: FileSlice, _ bytes: Int64) {
        state.note { state in
            state.staged[content.offset] = staged
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
        state.note { ($0.staged, $0.bytes) = ([:], 0) }
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
