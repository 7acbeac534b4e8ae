import Archive
import CondaModel
import Support

/// Carries out an `InstallPlan`: workers install the packages, and the wheels with them, straight into a prefix.
public struct Installer: Sendable {
    /// How an installation is done.
    public struct Options: Sendable {
        /// What files and directories without a mode of their own do not permit.
        public var umask: UInt32
        /// Whether archives are compared with the hashes of the pack's index.
        public var verifiesPackages = true
        /// The absolute path of the pack, for records.
        public var origin: ByteString

        public init(umask: UInt32 = ProcessUmask.original, origin: ByteString) {
            self.umask = umask
            self.origin = origin
        }
    }

    private let plan: InstallPlan
    private let options: Options
    private let pool: WorkerPool
    private let reporter: any Reporter

    public init(_ plan: InstallPlan, options: Options, pool: WorkerPool, reporter: any Reporter) {
        self.plan = plan
        self.options = options
        self.pool = pool
        self.reporter = reporter
    }

    /// Installs into an empty directory.
    ///
    /// - Parameters:
    ///   - directory: where to write; the plan's prefix is what files are told.
    ///   - further: what is installed in the same pass (wheels).
    /// - Throws: `Failure` naming the package that failed; the directory is then of no use.
    public func install(into directory: ByteString, further: [any InstallStep] = []) throws {
        let writer = try PrefixWriter(directory, umask: options.umask)
        for path in plan.directories { try writer.makeDirectory(path) }
        let session = writer.session()
        if !plan.shipsCacheTag { try write(Self.cacheTag, to: "CACHEDIR.TAG", session) }
        let context = InstallContext(
            prefix: plan.prefix, platform: plan.platform, python: plan.python, origin: options.origin,
            verifiesPackages: options.verifiesPackages)
        try run(plan.packages.map { PackageStep(plan: $0, context: context) } + further, writer)
        try write(Self.history, to: "conda-meta/history", session)
    }

    private func run(_ steps: [any InstallStep], _ writer: PrefixWriter) throws {
        // The sort is stable: steps of one cost keep their order.
        let steps = steps.enumerated()
            .sorted { ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset) }.map(\.element)
        let bytes = steps.reduce(0) { $0 + $1.size }
        reporter.progress(.phaseBegan(name: "installing", items: steps.count, bytes: bytes))
        defer { reporter.progress(.phaseEnded) }
        let workers = (0..<pool.width).map { _ in
            Exclusive(InstallWorker(session: writer.session(), scratch: DecoderScratch()))
        }
        try pool.forEach(count: steps.count) { index, worker in
            let step = steps[index]
            reporter.progress(.itemBegan(id: index, name: step.name, bytes: step.size))
            defer { reporter.progress(.itemEnded(id: index)) }
            try Interruption.check()
            try step.run(workers[worker].value)
            reporter.progress(.itemAdvanced(id: index, bytes: step.size))
        }
    }

    private func write(_ text: String, to path: ByteString, _ session: PrefixSession) throws {
        try Array(text.utf8).withUnsafeBytes {
            try session.write(try PrefixPath(path), mode: session.writer.masked(0o666), $0)
        }
    }

    /// A value only the thread it is meant for touches.
    private struct Exclusive<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// Spec install §0.3.
    private static let cacheTag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag created by rattler.
        # For information about cache directory tags, see:
        #\thttps://bford.info/cachedir/

        """

    /// Spec install §5.6; has no newline.
    private static let history = "// not relevant for pixi but for `conda run -p`"
}
