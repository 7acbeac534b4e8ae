/// A part of an installation that one worker does alone: a package or a wheel.
protocol InstallStep: Sendable {
    /// The name in messages and progress.
    var name: String { get }
    /// Bytes of its archive.
    var size: Int64 { get }
    /// How long it takes, given as the size of a `.conda` that takes as long. Steps of higher cost begin earlier.
    var cost: Int64 { get }
    /// When the package was built, in seconds since 1970; nil if it does not say.
    var time: Int64? { get }
    /// Installs the part.
    ///
    /// - Throws: `Failure` naming the package or wheel.
    func run(_ worker: InstallWorker) throws
}

extension InstallStep {
    var cost: Int64 { size }
    var time: Int64? { nil }
}
