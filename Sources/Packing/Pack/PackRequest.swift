import Archive
import CondaModel
import Fetch
import Inventory
import OCI
import Support

/// What to pack, and how.
public struct PackRequest: Sendable {
    /// The workspace: its folder, or a file in it.
    public var manifest: ByteString
    /// Packs the environment in this folder instead of one of a lock file.
    public var prefix: ByteString?
    /// Packs the files of an `@EXPLICIT` list instead, for a platform; nil: the one the list is for.
    public var explicit: (list: ByteString, platform: String?)?
    /// Where wheels of `prefix` are looked for that do not say where they come from; nil: where environment and
    /// configuration say.
    public var indexes: [WebURL]?
    public var output: PackOutput = .file("environment.tar")
    /// Conda packages and wheels to add (docs/spec/lock.md#injection).
    public var inject: [ByteString] = []
    /// Adds a pip if there is none, so that conda and micromamba can install the wheels.
    public var addsPip = false
    /// Leaves Python packages out that are no wheels, instead of failing.
    public var ignoresNonWheels = false
    /// Builds wheels of Python packages that the lock file has as sources.
    public var buildsWheels = false
    /// Makes an error of wheels that do not fit the rest.
    public var isStrict = false
    /// Makes the plan of an installation, and what it does with problems.
    public var planCheck = PlanCheckMode.errors
    /// Lists all files, and what was left out, built and injected, in `pixi-pack.json`; without it the pack is the
    /// original's byte for byte.
    public var recordsContents = false
    /// Packs `[activation]` of the manifest, as a package of its own.
    public var carriesActivation = false
    /// Packs the manifest, the lock file and the scripts of `[activation]` as they are, too.
    public var carriesWorkspace = false
    /// What whoever unpacks the pack has already of its environments: makes a delta pack.
    public var bases: [PackTarget: Inventory] = [:]
    /// Bills of materials to write beside the pack, one of each environment; it must be a file or folder.
    public var sboms: [SBOMFile] = []
    /// Refuses a lock file that does not say what the manifest asks for; without this it is a warning.
    public var isLocked = false
    /// Only finds out what would be packed: nothing is built.
    public var isDryRun = false
    /// Shows the output of builds as it comes.
    public var showsBuildOutput = false
    /// Where programs that build are looked for; nil: in `PATH`.
    public var searchPath: ByteString?
    /// Packs in registries from whose repositories files may be taken when one is pushed.
    public var mountable: [OCIReference] = []
    /// Puts an image of the environment into a self-extracting pack in place of its packages; nil: packages.
    public var executableImage: ExecutableImage?
    /// Signs the pack; nil: not.
    public var signing: PackSigning?
    /// How packages are fetched; the folder of the lock file is filled in.
    public var fetch = FetchSettings()
    /// What `pixi-pack.json` names as the version of the program.
    public var version: String

    public init(manifest: ByteString, version: String) {
        self.manifest = manifest
        self.version = version
    }
}
