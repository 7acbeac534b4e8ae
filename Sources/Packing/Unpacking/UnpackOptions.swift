import Fetch
import Install
import Support

/// What `pixi-unpack` is asked to do.
public struct UnpackOptions: Sendable {
    /// Where environment and activation script go.
    public var outputDirectory: ByteString = "."
    /// The name of the environment's directory below it; may be a path.
    public var environmentName: ByteString = "env"
    /// The folder of a workspace of pixi that is to be made; it decides where the environment is and what it is called,
    /// and there are no activation scripts. Nil: there is to be an environment only.
    public var workspace: ByteString?
    /// Where the environment will be used; nil: where it is made.
    public var prefix: FinalPrefix?
    /// Which environment of a bundle; nil: the only one, or the one called default.
    public var environment: String?
    /// The pack a delta pack was made from; nil: the environment has what it builds on.
    public var base: ByteString?
    /// How a pack is fetched that lies elsewhere.
    public var network = FetchSettings()
    public var activation = ActivationFiles()
    /// Replace the environment that is at the place.
    public var force = false
    /// Wait when another process makes or changes the environment.
    public var waits = true
    /// Go on with an environment of another user.
    public var trustsOwner = false
    /// How many workers; nil: one for each CPU.
    public var jobs: Int?
    /// Whose packs are unpacked; nil: everybody's.
    public var trust: PackTrust?
    /// Whether archives are compared with the hashes of the pack's index.
    public var verifiesPackages = true
    /// Whether what is otherwise only warned of is an error: files of wheels that are not as RECORD says.
    public var isStrict = false
    /// The most bytes the environment may have; nil: what is usual for its packages.
    public var maximumSize: Int64?
    /// Whether wheels for another Python or platform are refused.
    public var checksWheelTags = true
    /// Whether environments this machine could not run are refused.
    public var checksHost = true
    /// Compare all files of an environment that is there with their records, and write again what differs.
    public var repairs = false
    /// Plan and check only.
    public var isDryRun = false
    /// Run the `post-link` scripts of packages.
    public var runsPostLink = false
    /// What is done about shortcuts of packages; nil: those that are there are kept in step.
    public var shortcuts: Shortcuts.Mode?
    /// Compile Python modules; nil: not.
    public var byteCode: ByteCode.Mode?
    /// Adapt files as the original does it, with its limits.
    public var followsOriginal = false
    /// What new files and directories do not permit; nil: the umask of the process.
    var umask: UInt32?

    public init() {}
}
